"""The end of the supervisor, turned into one more signal to stop."""

from __future__ import annotations

import os

from worker_runtime.process.signals import WaitForSignal


class Supervised:
    """Waits for signals, and tells of the supervisor's end as of one more: nobody would pass on the next
    SIGTERM."""

    def __init__(self, wait: WaitForSignal, supervisor_pid: int) -> None:
        self._wait = wait
        self._supervisor_pid = supervisor_pid
        self._leaving = False

    def wait(self, timeout_seconds: float) -> str | None:
        """Return the name of the next signal, SUPERVISOR_GONE, or None where neither came in time."""
        received = self._wait(timeout_seconds)
        # Only as the first: who drains already is not to hurry because of it.
        if received is None and not self._leaving and os.getppid() != self._supervisor_pid:
            received = "SUPERVISOR_GONE"
        self._leaving = self._leaving or received is not None
        return received
