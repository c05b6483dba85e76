"""Log lines of the box's workers, from their files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from worker_ops.logs.line import LogLine

_LOOK_SECONDS = 0.2


def box_lines(directory: Path, *, follow: bool) -> Iterator[LogLine]:
    """The lines of all workers since the box began; with `follow` without an end."""
    read: dict[Path, int] = {}
    while True:
        for path in sorted(directory.glob("worker-*.log")):
            yield from _new_lines(path, read)
        if not follow:
            return
        time.sleep(_LOOK_SECONDS)


def _new_lines(path: Path, read: dict[Path, int]) -> Iterator[LogLine]:
    """What was written since the last look; half a line waits for its other half."""
    with path.open("rb") as file:
        file.seek(read.get(path, 0))
        content = file.read()
    whole, _, _ = content.rpartition(b"\n")
    if whole:
        read[path] = read.get(path, 0) + len(whole) + 1
        for line in whole.decode(errors="replace").split("\n"):
            yield LogLine.read(path.stem, line)
