"""Threads of the runtime's own for what may have to wait for SQS: users' code gets none of them, and blocks none."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from worker_runtime.in_flight.held import Held
from worker_runtime.threads import report_failure, start_thread

_THREADS_MOST = 16


class Settling:
    """Does what it is given, in one thread or, where that is busy, in more."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[int] = SimpleQueue()
        self._unfinished: dict[int, tuple[Callable[[], None], Sequence[Held]]] = {}
        """By number."""
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._threads = 0

    def start(self) -> None:
        """Start the first thread. Raises RuntimeError where the system refuses it."""
        with self._lock:
            self._add_thread()
            if self._threads == 0:
                raise RuntimeError("can't start a thread that settles messages")

    def put(self, job: Callable[[], None], messages: Sequence[Held]) -> None:
        """Have it done soon, for these messages."""
        number = next(self._numbers)
        self._unfinished[number] = (job, messages)
        self._jobs.put(number)
        with self._lock:
            if self._threads < min(len(self._unfinished), _THREADS_MOST):
                self._add_thread()

    def messages(self) -> list[Held]:
        """Those that are being settled."""
        return [held for _, messages in list(self._unfinished.values()) for held in messages]

    def _add_thread(self) -> None:
        if start_thread(self._run, "settling"):
            self._threads += 1

    def _run(self) -> None:
        while True:
            number = self._jobs.get()
            try:
                self._unfinished[number][0]()
            except BaseException:  # whatever it is, the next one is done
                report_failure()
            del self._unfinished[number]
