"""The health check of a task definition, run as ECS runs it: in the worker's environment, again and again."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SHELL = ["sh", "-c"]
_LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class HealthCheck:
    """A command, and when a worker counts as sick by it."""

    command: list[str]
    interval_seconds: float
    timeout_seconds: float
    retries: int
    start_period_seconds: float

    @classmethod
    def read(cls, container: Mapping[str, Any]) -> HealthCheck | None:
        """The check of a container definition, with ECS's defaults; None where it has none.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
        """
        check = container.get("healthCheck")
        if not check or check["command"][0] == "NONE":
            return None
        kind, *words = check["command"]
        return cls(
            [*_SHELL, *words] if kind == "CMD-SHELL" else words,
            check.get("interval", 30),
            check.get("timeout", 5),
            check.get("retries", 3),
            check.get("startPeriod", 0),
        )

    def wait_until_sick(self, environment: Mapping[str, str], folder: Path, ended: threading.Event) -> bool:
        """Check until it fails too often in a row, which is True, or until `ended` is set."""
        failures, waited_seconds = 0, 0.0
        while not ended.wait(self.interval_seconds):
            waited_seconds += self.interval_seconds
            failures = 0 if self._is_well(environment, folder) else failures + 1
            if waited_seconds <= self.start_period_seconds:
                failures = 0
            if failures >= self.retries:
                return True
        return False

    def wait_until_well(self, environment: Mapping[str, str], folder: Path, has_ended: Callable[[], bool]) -> bool:
        """Check until it passes, for as long as ECS would wait for that at most, and no longer than there is what to
        check."""
        deadline = time.monotonic() + self.start_period_seconds + self.retries * self.interval_seconds
        while not (is_well := self._is_well(environment, folder)) and time.monotonic() < deadline and not has_ended():
            time.sleep(_LOOK_SECONDS)
        return is_well

    def _is_well(self, environment: Mapping[str, str], folder: Path) -> bool:
        try:
            done = subprocess.run(  # noqa: S603 - the task definition's own command
                self.command,
                env=dict(environment),
                cwd=folder,
                timeout=self.timeout_seconds,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0
