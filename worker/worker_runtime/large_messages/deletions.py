"""Deletes objects whose messages are handled, in a thread of its own: no handler waits for it, and none fails by it."""

from __future__ import annotations

import contextlib
import logging
import threading
from queue import Empty, SimpleQueue

from worker_runtime.large_messages.stored_body import DELETED_MOST, StoredBody, delete_all
from worker_runtime.threads import start_thread

_log = logging.getLogger(__name__)


class Deletions:
    """What waits to be deleted, of one bucket. What is not, because the process ends or S3 refuses, expires by the
    bucket's rule."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[StoredBody] = SimpleQueue()
        self._lock = threading.Lock()
        self._started = False

    def add(self, stored: StoredBody) -> None:
        """Delete an object soon."""
        self._waiting.put(stored)
        with self._lock:
            self._started = self._started or start_thread(self._run, "large messages")

    def _run(self) -> None:
        while True:
            bodies = self._next()
            try:
                reasons = delete_all(bodies)
            except Exception:  # they expire
                _log.warning("%d large bodies were not deleted", len(bodies), exc_info=True)
                continue
            for reason, count in reasons.items():
                _log.warning("%d large bodies were not deleted: %s", count, reason)

    def _next(self) -> list[StoredBody]:
        """Wait for one, and take with it what waits already."""
        bodies = [self._waiting.get()]
        with contextlib.suppress(Empty):
            while len(bodies) < DELETED_MOST:
                bodies.append(self._waiting.get_nowait())
        return bodies
