"""Looks out for workers that are green while they do nothing and messages wait."""

from __future__ import annotations

import time
from pathlib import Path

from chaos.workers import Workers
from tests.support.worker_queue import WorkQueue

#: What docs/reliability.md promises: red within a minute. And what the check of a shared machine may be late.
IDLE_MOST_SECONDS = 62.0
_LOOK_SECONDS = 1.0


class IdleWatch:
    """Judges each second, by what the handlers write, the queue counts and the health check says."""

    def __init__(self, ledger: Path, queue: WorkQueue, workers: Workers) -> None:
        self._ledger = ledger
        self._queue = queue
        self._workers = workers
        self._written_bytes = -1
        self._idle_since = self._look_at = time.monotonic()
        self._green: set[str] = set()

    @property
    def green_while_idle(self) -> list[str]:
        """Names of the workers that were found so."""
        return sorted(self._green)

    def look(self) -> None:
        """Look, where the last look is long enough ago."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_SECONDS
        written_bytes = self._ledger.stat().st_size if self._ledger.exists() else 0
        if written_bytes != self._written_bytes or self._queue.is_empty():
            self._written_bytes = written_bytes
            self._idle_since = now
        if now - self._idle_since > IDLE_MOST_SECONDS:
            self._green.update(self._workers.green_since(self._idle_since))
