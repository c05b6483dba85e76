"""The file that keeps what a worker writes, for as long as there is room for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType


class WorkerLog:
    """Appends lines; a full disk, or a folder that somebody removed, costs lines and never the worker."""

    def __init__(self, path: Path, on_failure: Callable[[str], None]) -> None:
        """`on_failure` is told once why lines are not kept."""
        self._path = path
        self._on_failure = on_failure
        self._has_failed = False
        self._descriptor: int | None = None

    def __enter__(self) -> WorkerLog:
        """Open the file, which no other user of the machine reads: handlers may log what is in messages."""
        try:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            self._tell(error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        if self._descriptor is not None:
            os.close(self._descriptor)

    def write(self, line: str) -> None:
        """Keep a line."""
        if self._descriptor is None:
            return
        try:
            os.write(self._descriptor, line.encode())
        except OSError as error:
            self._tell(error)

    def _tell(self, error: OSError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self._on_failure(f"{self._path}: lines are not kept: {error.strerror}")
