"""The lines that a process writes, until it is gone."""

from __future__ import annotations

import codecs
import os
import select
import subprocess
import time
from collections.abc import Iterator

_READ_BYTES = 65_536
_LOOK_MILLISECONDS = 100
#: After its end, for what it has written last.
_GONE_SECONDS = 1.0
#: A line that has no end is cut into such pieces.
LINE_MOST_CHARACTERS = 262_144


def lines_of(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """Each with its line break, the last one perhaps without.

    What the process leaves running in a session of its own may keep the pipe open for ever: that is not waited for.
    """
    decoder, rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
    for data in _pieces(process):
        *lines, rest = (rest + decoder.decode(data)).split("\n")
        for line in lines:
            yield f"{line}\n"
        while len(rest) > LINE_MOST_CHARACTERS:
            yield f"{rest[:LINE_MOST_CHARACTERS]}\n"
            rest = rest[LINE_MOST_CHARACTERS:]
    if rest:
        yield rest


def _pieces(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    descriptor = process.stdout.fileno()
    readable = select.poll()
    readable.register(descriptor, select.POLLIN)
    gone_at = None
    while gone_at is None or time.monotonic() - gone_at < _GONE_SECONDS:
        is_gone = process.poll() is not None
        if readable.poll(_LOOK_MILLISECONDS):
            data = os.read(descriptor, _READ_BYTES)
            if not data:
                return
            yield data
        elif is_gone:
            return
        if is_gone and gone_at is None:
            gone_at = time.monotonic()
