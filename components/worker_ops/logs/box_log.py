"""Log lines of the box's workers, from their files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from worker_ops.logs.line import LogLine

_LOOK_SECONDS = 0.2


class BoxLog:
    """The logs of all workers, from where they were last read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[Path, int] = {}

    def new_lines(self) -> Iterator[LogLine]:
        """What was written since the last look, at first since the box began; half a line waits for its other half."""
        for path in sorted(self._directory.glob("worker-*.log")):
            with path.open("rb") as file:
                file.seek(self._start(path))
                content = file.read()
            whole, _, _ = content.rpartition(b"\n")
            if whole:
                self._read[path] = self._start(path) + len(whole) + 1
                for line in whole.decode(errors="replace").split("\n"):
                    yield LogLine.read(path.stem, line)

    def _start(self, path: Path) -> int:
        """A box that was started again has begun its logs anew."""
        start = self._read.get(path, 0)
        return start if start <= path.stat().st_size else 0


def box_lines(directory: Path, *, follow: bool) -> Iterator[LogLine]:
    """The lines of all workers since the box began; with `follow` without an end."""
    log = BoxLog(directory)
    while True:
        yield from log.new_lines()
        if not follow:
            return
        time.sleep(_LOOK_SECONDS)
