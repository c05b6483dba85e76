"""Runs several worker processes and keeps them running: for handlers that need more than one CPU."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from worker_runtime.process import drain
from worker_runtime.process.signals import SIGNALS, WaitForSignal
from worker_runtime.telemetry.event_log import EventLog

_LOOK_SECONDS = 0.2
#: Wait before a process that ended by itself is started again: doubled each time, forgotten after a good
#: while.
_RESTART_BASE_SECONDS = 1.0
_RESTART_CAP_SECONDS = 30.0
_GOOD_WHILE_SECONDS = 60.0
_EXIT_BAD_SETTINGS = 2
#: Each process keeps to the stop timeout by itself; what does not is killed so long before ECS kills all: a second, or
#: this share of a short timeout.
_KILL_SECONDS = 1.0
_KILL_SHARE = 0.05


@dataclass
class _Slot:
    """One place for a process."""

    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    crashes: int = 0


class Supervisor:
    """`count` processes of `python -m worker_runtime`, each with the same settings but for their number."""

    def __init__(self, count: int, environment: Mapping[str, str], log: EventLog) -> None:
        self._slots = [_Slot() for _ in range(count)]
        self._environment = {
            **environment,
            "WORKER_PROCESSES": "1",
            "WORKER_SCALE_IN_PROTECTION": "false",
            # They leave when this process is gone. Told, because a parent may die before its child can ask.
            "WORKER_SUPERVISOR_PID": str(os.getpid()),
        }
        self._log = log

    def run(self, wait_for_signal: WaitForSignal, stop_timeout_seconds: float) -> int:
        """Supervise until a signal comes, pass it on, and return the worst exit code."""
        while (received := wait_for_signal(_LOOK_SECONDS)) is None:
            for slot in self._slots:
                self._tend(slot)
            if any(slot.process and slot.process.returncode == _EXIT_BAD_SETTINGS for slot in self._slots):
                break
        self._log.event("drain_started", signal=received)
        return self._stop(wait_for_signal, stop_timeout_seconds)

    def _tend(self, slot: _Slot) -> None:
        now = time.monotonic()
        if slot.process is None:
            if now >= slot.start_at:
                slot.process = self._start()
                slot.started_at = now
            return
        code = slot.process.poll()
        if code is None or code == _EXIT_BAD_SETTINGS:
            return
        slot.crashes = 1 if now - slot.started_at >= _GOOD_WHILE_SECONDS else slot.crashes + 1
        delay = min(_RESTART_CAP_SECONDS, _RESTART_BASE_SECONDS * 2 ** min(slot.crashes - 1, 10))
        self._log.event("process_ended", "ERROR", pid=slot.process.pid, exit_code=code, restart_seconds=delay)
        slot.process, slot.start_at = None, now + delay

    def _start(self) -> subprocess.Popen[bytes]:
        # Blocked until the process can take them: before, a signal would kill it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            # A session of their own: Ctrl-C reaches a whole session, and would be their second signal.
            return subprocess.Popen(
                [sys.executable, "-m", "worker_runtime"], env=self._environment, start_new_session=True
            )
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

    def _stop(self, wait_for_signal: WaitForSignal, stop_timeout_seconds: float) -> int:
        running = [slot.process for slot in self._slots if slot.process is not None]
        self._signal(running)
        deadline = time.monotonic() + stop_timeout_seconds - min(_KILL_SECONDS, _KILL_SHARE * stop_timeout_seconds)
        while any(process.poll() is None for process in running) and (left := deadline - time.monotonic()) > 0:
            if wait_for_signal(min(_LOOK_SECONDS, left)):
                self._signal(running)
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
        # A process that was killed had not handed back what it held.
        codes = [process.returncode if process.returncode >= 0 else drain.EXIT_WORK_CUT for process in running]
        return max(codes, default=drain.EXIT_DRAINED)

    @staticmethod
    def _signal(running: list[subprocess.Popen[bytes]]) -> None:
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
