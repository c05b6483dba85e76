"""One worker as ECS would run it: started, read, restarted when it ends by itself, and stopped."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.workers.health_check import HealthCheck
from local.workers.process_lines import lines_of
from local.workers.worker_log import WorkerLog
from worker_service.inputs.names import CONTAINER_NAME
from worker_service.service.deployment.stopped_task import stopped_reason

_LAUNCHER = Path(__file__).with_name("launcher.py")
_LAST_LINES = 12
_LINE_SHOWN_CHARACTERS = 2_000
#: What a shell's exit code is for a command that cannot be run.
_EXIT_NOT_STARTED = 126
#: ECS waits longer and longer between restarts of a task that keeps failing; the box does so in seconds.
_RESTART_SECONDS = (1, 2, 4, 8, 15, 30)
#: A worker that ran this long was started well: the next restart waits the shortest time again.
_STEADY_SECONDS = 60.0


@dataclass(frozen=True)
class Crash:
    """A worker that ended without being asked to."""

    title: str
    """What ended, such as worker 1."""
    exit_code: int
    last_lines: list[str]
    was_sick: bool = False
    """It failed its health check and was stopped for it, as ECS replaces such a task."""
    is_worker: bool = True

    @property
    def summary(self) -> str:
        """What to tell where its lines are told already."""
        how = "after it failed its health check" if self.was_sick else _how(self.exit_code)
        return f"{self.title} ended {how}"

    def __str__(self) -> str:
        """What to tell, with the worker's last words."""
        words = "".join(f"\n  {line}" for line in self.last_lines) or "\n  (it wrote nothing)"
        return f"{self.summary}; its last lines:{words}{self.advice}"

    @property
    def advice(self) -> str:
        """What `pulumi up` would say of a task that ended so."""
        if not self.exit_code and not self.was_sick:
            return ""
        container = {"name": CONTAINER_NAME if self.is_worker else self.title, "exitCode": self.exit_code}
        reason = "Task failed container health checks" if self.was_sick else ""
        why, next_step = stopped_reason({"stoppedReason": reason, "containers": [container]})
        return f"\n  why: {why}\n  next: {next_step}"


@dataclass(frozen=True)
class Watcher:
    """Who wants to know. Both are called from the worker's own thread."""

    on_line: Callable[[int, dict[str, Any]], None]
    """A line of the log: the worker's number, and the JSON that it wrote (other text comes as `message`)."""
    on_crash: Callable[[Crash], None]


class WorkerProcess:
    """A worker with its number, from 1. Restarts until it is stopped."""

    def __init__(
        self,
        number: int,
        command: list[str],
        environment: Mapping[str, str],
        folder: Path,
        stop_timeout_seconds: float,
        log_path: Path,
        watcher: Watcher,
        health_check: HealthCheck | None = None,
        *,
        title: str = "",
        restarts: bool = True,
    ) -> None:
        """`title` is what it is called where it is no worker; without `restarts` it runs once."""
        self.number = number
        self.failure: Crash | None = None
        """How it ended last, where nobody had asked it to and it failed."""
        self.pid: int | None = None
        """The worker's own process; None while it does not run."""
        self.processed = 0
        self.restarts = 0
        self.last_processed: dict[str, str] = {}
        """When it last processed a message, by the queue's name, as its log says."""
        self.environment = dict(environment)
        self._command = [sys.executable, "-I", "-S", str(_LAUNCHER), str(stop_timeout_seconds), *command]
        self._folder = folder
        self._log_path = log_path
        self._watcher = watcher
        self._health_check = health_check
        self._title = title or f"worker {number}"
        self._restarts = restarts
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._stopping = False
        #: Set while the worker is asked to end, for good or to be started again.
        self._asked = threading.Event()
        self._thread = threading.Thread(target=self._run, name=self._title, daemon=True)

    @property
    def is_gone(self) -> bool:
        """Whether it was started, and its process is gone for good."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def start(self) -> None:
        """Start the process, and go on starting it when it ends."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the worker to drain; returns at once."""
        with self._lock:
            self._stopping = True
            self._ask()

    def restart(self) -> None:
        """Ask the worker to drain and be started again, at once where it waits for that; returns at once."""
        with self._lock:
            self._ask()

    def wait(self) -> None:
        """Return when a stopped worker is gone: after its stop timeout at the latest."""
        # One that was never started is gone already.
        if self._thread.is_alive():
            self._thread.join()

    def kill(self) -> None:
        """End the worker and its children now."""
        with self._lock:
            self._stopping = True
            self._asked.set()
            if self._process:
                _kill_group(self._process.pid)

    def _ask(self) -> None:
        self._asked.set()
        if self._process and self._process.stdin:
            with contextlib.suppress(OSError, ValueError):
                self._process.stdin.write(b"stop\n")

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            started = time.monotonic()
            try:
                process = self._launch()
            except OSError as error:  # its folder is gone, or the system refuses a process: both may pass
                self._tell(self._watcher.on_line, self.number, {"action": "start_failed", "error": str(error)})
                crash = Crash(self._title, _EXIT_NOT_STARTED, [str(error)], is_worker=self.number > 0)
                failures = self._crashed(crash, failures)
                if not self._restarts:
                    return
                continue
            if process is None:
                return
            ended, sick = threading.Event(), threading.Event()
            threading.Thread(target=_end_group, args=(process,), daemon=True).start()
            threading.Thread(target=self._check_health, args=(ended, sick), daemon=True).start()
            last_lines = self._read(process)
            exit_code = process.wait()
            ended.set()
            self.pid = None
            if self._asked.is_set() and not sick.is_set():
                failures = 0
                continue
            crash = Crash(self._title, exit_code, last_lines, sick.is_set(), self.number > 0)
            failures = self._crashed(crash, 0 if time.monotonic() - started > _STEADY_SECONDS else failures)
            if not self._restarts:
                return

    def _crashed(self, crash: Crash, failures: int) -> int:
        """Tell, and wait until it may be started again; returns how often that was so in a row."""
        self.failure = crash if crash.exit_code or crash.was_sick or self._restarts else None
        if not self._restarts:
            return failures
        self._tell(self._watcher.on_crash, crash)
        failures += 1
        self._asked.wait(_RESTART_SECONDS[min(failures, len(_RESTART_SECONDS)) - 1])
        self.restarts += 1
        return failures

    def wait_until_well(self) -> bool:
        """Whether its health check says so before it would be stopped for it, or has ended; at once where it has
        none."""
        check = self._health_check
        return check is None or check.wait_until_well(self.environment, self._folder, lambda: self.failure is not None)

    def _check_health(self, ended: threading.Event, sick: threading.Event) -> None:
        """Have the worker drain and be started again when it is sick."""
        check = self._health_check
        if check and check.wait_until_sick(self.environment, self._folder, ended):
            sick.set()
            self.restart()

    def _launch(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._stopping:
                return None
            self._asked.clear()
            self._process = subprocess.Popen(  # noqa: S603 - the task definition's own command
                self._command,
                env=self.environment,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # What a worker that has just ended did not take must not come up again when its pipe is closed.
                bufsize=0,
                # The terminal's Ctrl-C is for the box, which drains its workers.
                start_new_session=True,
            )
            return self._process

    def _read(self, process: subprocess.Popen[bytes]) -> list[str]:
        """Follow the worker's log to its end; returns the last lines."""
        last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        with process, WorkerLog(self._log_path, self._tell_of_log) as log:
            for line in lines_of(process):
                entry = _entry(line)
                if entry.get("launcher") == process.pid:
                    self.pid = entry["pid"]
                    continue
                log.write(line)
                last_lines.append(line.rstrip()[:_LINE_SHOWN_CHARACTERS])
                if entry.get("action") == "message_processed":
                    self.processed += 1
                    self.last_processed[str(entry.get("queue", "main"))] = str(entry.get("timestamp"))
                self._tell(self._watcher.on_line, self.number, entry)
        return list(last_lines)

    def _tell_of_log(self, problem: str) -> None:
        self._tell(self._watcher.on_line, self.number, {"level": "ERROR", "action": "log_failed", "error": problem})

    @staticmethod
    def _tell(watcher: Callable[..., None], *what: Any) -> None:
        """A terminal that is gone, which rich makes a SystemExit of, must not end the worker."""
        with contextlib.suppress(Exception, SystemExit):
            watcher(*what)


def _entry(line: str) -> dict[str, Any]:
    with contextlib.suppress(ValueError, RecursionError):
        entry = json.loads(line)
        if isinstance(entry, dict):
            return entry
    return {"message": line.rstrip()}


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Whatever a worker leaves running in its session ends with it, and so does its log."""
    process.wait()
    _kill_group(process.pid)


def _kill_group(process_id: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process_id, signal.SIGKILL)


def _how(exit_code: int) -> str:
    """A launcher that was itself killed has a negative code, as Popen says it."""
    number = -exit_code if exit_code < 0 else exit_code - 128
    if number in {member.value for member in signal.Signals}:
        return f"by {signal.Signals(number).name}"
    return f"with exit code {exit_code}"
