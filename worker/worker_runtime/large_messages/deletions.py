"""Deletes objects whose messages are handled, in a thread of its own: no handler waits for it, and none fails by it."""

from __future__ import annotations

import logging
import threading
from queue import SimpleQueue

from worker_runtime.large_messages.stored_body import StoredBody
from worker_runtime.threads import start_thread

_log = logging.getLogger(__name__)


class Deletions:
    """What waits to be deleted. What is not, because the process ends or S3 refuses, expires by the bucket's rule."""

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
            stored = self._waiting.get()
            try:
                stored.delete()
            except Exception:  # it expires
                _log.warning("the body s3://%s/%s was not deleted", stored.bucket, stored.key, exc_info=True)
