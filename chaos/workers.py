"""The worker processes of one run: as containers, killed whole and replaced."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_STOP_SECONDS = 60.0


class Workers:
    """Starts, stops, kills and replaces `python -m worker`, and notes when each one ended."""

    def __init__(self, count: int, environment: Mapping[str, str], directory: Path) -> None:
        self._environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), **environment}
        self._directory = directory
        self._started = 0
        self._running = [self._start() for _ in range(count)]
        self._leaving: list[subprocess.Popen[bytes]] = []
        self.died_at: dict[int, float] = {}
        """By process group."""
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
            self.died_at[process.pid] = time.monotonic()
        for index, process in enumerate(self._running):
            if process.poll() is not None:
                self.died_at[process.pid] = time.monotonic()
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
            if process in self._running:
                self.exit_codes.append(code)
            self._kill(process)

    def kill(self) -> None:
        """Leave none behind."""
        for process in [*self._running, *self._leaving]:
            self._kill(process)

    def _start(self) -> subprocess.Popen[bytes]:
        self._started += 1
        with (self._directory / f"worker-{self._started}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "worker"],
                env={**self._environment, "WORKER_HEALTH_DIRECTORY": str(self._directory / f"health-{self._started}")},
                cwd=self._directory,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a worker with the processes that it may have started, as the end of a container does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.died_at.setdefault(process.pid, time.monotonic())
