"""Threads of the runtime's own for what may have to wait for SQS: users' code gets none of them, and blocks none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

from worker_runtime.threads import report_failure, start_thread

_THREADS_MOST = 16


class Settling:
    """Does what it is given, in one thread or, where that is busy, in more."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._unfinished = 0

    def start(self) -> None:
        """Start the first thread. Raises RuntimeError where the system refuses it."""
        with self._lock:
            self._add_thread()
            if self._threads == 0:
                raise RuntimeError("can't start a thread that settles messages")

    def put(self, job: Callable[[], None]) -> None:
        """Have it done soon."""
        self._jobs.put(job)
        with self._lock:
            self._unfinished += 1
            if self._threads < min(self._unfinished, _THREADS_MOST):
                self._add_thread()

    def _add_thread(self) -> None:
        if start_thread(self._run, "settling"):
            self._threads += 1

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except BaseException:  # whatever it is, the next one is done
                report_failure()
            with self._lock:
                self._unfinished -= 1
