"""Standard output and error that may go away: a full disk, a closed terminal, a `head` that has seen enough."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO

from worker_ops.streams import drop, tell


class LastingOutput(io.TextIOBase):
    """Stdout, whose loss ends nobody: what is written from then on is lost."""

    def __init__(self) -> None:
        # Python has none where its descriptor was closed.
        self._file: TextIO = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        self._encoding = self._file.encoding or "utf-8"
        self._is_lost = False
        self.reader_left = False
        """Whether it was a pipe, and its reader has seen enough."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of what it writes to."""
        return self._encoding

    def fileno(self) -> int:
        """Of what it writes to."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether a person may be looking."""
        return self._file.isatty()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Write what can be shown of it."""
        if not self._is_lost:
            try:
                # Names of files and what handlers say may have characters that a terminal's encoding has not.
                self._file.write(text.encode(self._encoding, "backslashreplace").decode(self._encoding))
            except OSError as error:
                self._lose(error)
        return len(text)

    def flush(self) -> None:
        """Have it shown."""
        if not self._is_lost:
            try:
                self._file.flush()
            except OSError as error:
                self._lose(error)

    def _lose(self, error: OSError) -> None:
        self._is_lost = True
        self.reader_left = isinstance(error, BrokenPipeError)
        drop(self._file)
        tell(f"what is shown is lost from here on: {error.strerror}")
