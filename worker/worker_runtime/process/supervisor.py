"""Runs several worker processes and keeps them running: for handlers that need more than one CPU."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass

from worker_runtime.health import take_left
from worker_runtime.process import drain
from worker_runtime.process.signals import SIGNALS, WaitForSignal
from worker_runtime.telemetry.event_log import EventLog

_COMMAND = (sys.executable, "-m", "worker_runtime")
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
    in_flight_until: float = 0.0
    """Until then, messages may be in flight that a process held when it died."""


class Supervisor:
    """`count` processes of `python -m worker_runtime`, each with the same settings but for their number."""

    def __init__(self, count: int, health_directory: str, environment: Mapping[str, str], log: EventLog) -> None:
        self._slots = [_Slot() for _ in range(count)]
        self._environment = {
            **environment,
            "WORKER_PROCESSES": "1",
            "WORKER_SCALE_IN_PROTECTION": "false",
            # They leave when this process is gone. Told, because a parent may die before its child can ask.
            "WORKER_SUPERVISOR_PID": str(os.getpid()),
        }
        self._health_directory = health_directory
        self._log = log

    def run(self, wait_for_signal: WaitForSignal, stop_timeout_seconds: float) -> int:
        """Supervise until a signal comes, pass it on, and return the worst exit code."""
        received = None
        try:
            while all(map(self._tend, self._slots)) and (received := wait_for_signal(_LOOK_SECONDS)) is None:
                pass
        finally:  # whatever ends it here: nobody else would tell the processes
            self._log.event("drain_started", signal=received)
            exit_code = self._stop(wait_for_signal, stop_timeout_seconds)
        return exit_code

    def _tend(self, slot: _Slot) -> bool:
        """Have the slot's process run; False where it says that the settings are wrong."""
        now = time.monotonic()
        if slot.process is None:
            if now >= slot.start_at:
                self._start_in(slot, now)
            return True
        code = slot.process.poll()
        if code is None:
            return True
        seconds = take_left(self._health_directory, slot.process.pid)
        if code == _EXIT_BAD_SETTINGS and seconds is None:
            return False
        slot.in_flight_until = max(slot.in_flight_until, now + (seconds or 0))
        delay = self._restart_seconds(slot, now)
        self._log.event("process_ended", "ERROR", pid=slot.process.pid, exit_code=code, restart_seconds=delay)
        slot.process, slot.start_at = None, now + delay
        return True

    def _start_in(self, slot: _Slot, now: float) -> None:
        try:
            slot.process, slot.started_at = self._start(), now
        except OSError as error:  # too many processes, no memory: that may pass
            slot.started_at = now
            delay = self._restart_seconds(slot, now)
            self._log.event("process_refused", "ERROR", error=str(error), restart_seconds=delay)
            slot.start_at = now + delay

    @staticmethod
    def _restart_seconds(slot: _Slot, now: float) -> float:
        slot.crashes = 1 if now - slot.started_at >= _GOOD_WHILE_SECONDS else slot.crashes + 1
        return min(_RESTART_CAP_SECONDS, _RESTART_BASE_SECONDS * 2 ** min(slot.crashes - 1, 10))

    def _start(self) -> subprocess.Popen[bytes]:
        # Blocked until the process can take them: before, a signal would kill it.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            # A session of their own: Ctrl-C reaches a whole session, and would be their second signal.
            return subprocess.Popen(_COMMAND, env=self._environment, start_new_session=True)  # noqa: S603 - ours
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
        codes = [self._exit_code(process) for process in running]
        if any(time.monotonic() < slot.in_flight_until for slot in self._slots):
            codes.append(drain.EXIT_WORK_CUT)
        return max(codes, default=drain.EXIT_DRAINED)

    def _exit_code(self, process: subprocess.Popen[bytes]) -> int:
        """That of a process that has ended; one that did not end by itself had not handed back what it held."""
        died = take_left(self._health_directory, process.pid) is not None or process.returncode < 0
        return drain.EXIT_WORK_CUT if died else process.returncode

    @staticmethod
    def _signal(running: list[subprocess.Popen[bytes]]) -> None:
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
