"""What the worker tells about itself while it runs: its health file, and its metrics."""

from __future__ import annotations

import time

from worker_runtime.health import WRITE_SECONDS, HealthFile
from worker_runtime.process.progress import Progress
from worker_runtime.process.signals import WaitForSignal
from worker_runtime.process.work import Work
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.telemetry.metrics import EMIT_SECONDS


class Status:
    """Writes each when it is due."""

    def __init__(self, work: Work, file: HealthFile, log: EventLog) -> None:
        self._work = work
        self._file = file
        self._log = log
        self._progress = Progress(work)
        self._problem: str | None = None
        self._busy: bool | None = None
        self._write_at = 0.0
        self._emit_at = time.monotonic() + EMIT_SECONDS

    def starts(self, problem: str | None) -> None:
        """Nothing is received yet; `problem` is what is wrong with the start."""
        self._file.write(problem, busy=False)

    def tick(self) -> None:
        """Called each second, or more often."""
        now = time.monotonic()
        busy = self._work.is_busy
        if now >= self._write_at or busy != self._busy:
            self._write(busy)
            self._busy, self._write_at = busy, now + WRITE_SECONDS
        if now >= self._emit_at:
            self._emit()
            self._emit_at = now + EMIT_SECONDS

    def while_leaving(self, wait_for_signal: WaitForSignal) -> WaitForSignal:
        """Tell about a worker that leaves, too: each time that it waits for a signal."""
        self._work.leaves()

        def wait(timeout_seconds: float) -> str | None:
            self.tick()
            return wait_for_signal(timeout_seconds)

        return wait

    def close(self) -> None:
        """Emit what was counted since the last line."""
        self._emit()

    def _write(self, busy: bool) -> None:
        problem = self._work.problem() or self._progress.problem()
        self._file.write(problem, busy=busy, slowed=self._work.slowed())
        if (problem is None) != (self._problem is None):
            level = "INFO" if problem is None else "ERROR"
            self._log.event("health_changed", level, healthy=problem is None, reason=problem)
        self._problem = problem

    def _emit(self) -> None:
        for flow in self._work.flows:
            self._log.line(flow.metrics.take_line(len(flow.leases)))
