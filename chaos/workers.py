"""The worker processes of one run: as containers, killed whole and replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.support.processes import kill_container
from worker_runtime.health import check

_ROOT = Path(__file__).parent.parent
_STOP_SECONDS = 60.0


class Workers:
    """Starts, stops, kills and replaces `python -m worker_runtime`, and notes when each one ended."""

    def __init__(self, count: int, environment: Mapping[str, str], directory: Path) -> None:
        self._environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), **environment}
        self._directory = directory
        self._started = 0
        self._names: dict[int, str] = {}
        self._started_at: dict[str, float] = {}
        self._running = [self._start() for _ in range(count)]
        self._leaving: list[subprocess.Popen[bytes]] = []
        self.died_at: dict[str, float] = {}
        """By name."""
        self.exit_codes: list[int] = []
        """Of the workers that ended by themselves, or were stopped when the world was well."""

    def strike(self, index: int, name: str) -> None:
        """Send a signal to one worker and start another one in its place."""
        process = self._running[index]
        if name == "SIGKILL":
            self._kill(process)
        else:
            process.terminate()
            self._leaving.append(process)
        self._running[index] = self._start()

    def look(self) -> None:
        """Note which workers have ended."""
        for process in [process for process in self._leaving if process.poll() is not None]:
            self._leaving.remove(process)
            self._note_end(process)
        for index, process in enumerate(self._running):
            if process.poll() is not None:
                self._note_end(process)
                self.exit_codes.append(process.returncode)
                self._running[index] = self._start()

    def stop(self) -> None:
        """Ask all to stop, and wait for them."""
        for process in self._running:
            process.terminate()
        for process in [*self._running, *self._leaving]:
            try:
                code = process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                code = -signal.SIGKILL
            if process in self._running and self._has_begun(process):
                self.exit_codes.append(code)
            self._kill(process)

    def curfew(self) -> list[int]:
        """Ask all to stop at once, and return their exit codes when the last one has left; none runs then."""
        leaving = [*self._running, *self._leaving]
        for process in self._running:
            process.terminate()
        codes = []
        for process in leaving:
            try:
                code = process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                code = -signal.SIGKILL
            if self._has_begun(process):
                codes.append(code)
            self._kill(process)
        self._leaving = []
        return codes

    def _has_begun(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether it had a chance to take a signal: one that SIGTERM meets before its first instruction just dies, and
        holds nothing."""
        return self._log_file(self._names[process.pid]).stat().st_size > 0

    def start_again(self) -> None:
        """End a curfew."""
        self._running = [self._start() for _ in self._running]

    def green_since(self, at: float) -> list[str]:
        """Names of the workers that have run since a time.monotonic(), and that the health check finds nothing wrong
        with."""
        old = [
            name
            for process in self._running
            if process.poll() is None and self._started_at[name := self._names[process.pid]] <= at
        ]
        return [name for name in old if not check(str(self._health_directory(name)))]

    def kill(self) -> None:
        """Leave none behind."""
        for process in [*self._running, *self._leaving]:
            self._kill(process)

    def _start(self) -> subprocess.Popen[bytes]:
        self._started += 1
        name = f"worker-{self._started}"
        with self._log_file(name).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "worker_runtime"],
                env={
                    **self._environment,
                    "LEDGER_WORKER": name,
                    "WORKER_HEALTH_DIRECTORY": str(self._health_directory(name)),
                },
                cwd=self._directory,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._names[process.pid] = name
        self._started_at[name] = time.monotonic()
        return process

    def _log_file(self, name: str) -> Path:
        return self._directory / f"{name}.log"

    def _health_directory(self, name: str) -> Path:
        return self._directory / f"{name}-health"

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        kill_container(process)
        self._note_end(process)

    def _note_end(self, process: subprocess.Popen[bytes]) -> None:
        self.died_at.setdefault(self._names[process.pid], time.monotonic())
