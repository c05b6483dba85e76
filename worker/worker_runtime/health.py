"""Is this worker well? Each process keeps a small file; `python -m worker_runtime.health` reads them, as the
container's check.

Red within a minute where the loop hangs, the queue is gone, its key is denied or the credentials are dead;
green again as
soon as a receive succeeds.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from pathlib import Path

#: Receives that fail for this long make the worker unhealthy: longer than one throttled moment.
FAILING_SECONDS = 20.0
#: So does a receive loop that shows no sign of life: longer than a long poll and its answer may take.
SILENT_SECONDS = 40.0
#: The main thread writes the file this often; a file older than STALE_SECONDS means that it hangs.
WRITE_SECONDS = 5.0
STALE_SECONDS = 20.0


class Health:
    """What the parts of one process report about themselves."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._alive_at = time.monotonic()
        self._failing_since: float | None = None
        self._error = ""
        self._leaving = False

    def alive(self) -> None:
        """A receiver goes round its loop."""
        self._alive_at = time.monotonic()

    def received(self) -> None:
        """A receive succeeded, with or without messages."""
        self._alive_at = time.monotonic()
        self._failing_since = None

    def failed(self, error: str) -> None:
        """A receive failed."""
        with self._lock:
            self._error = error
            if self._failing_since is None:
                self._failing_since = time.monotonic()

    def leaving(self) -> None:
        """The receivers end: that they fail or are silent is no trouble any more."""
        self._leaving = True

    def problem(self) -> str | None:
        """What is wrong, or None where the worker is well."""
        if self._leaving:
            return None
        now = time.monotonic()
        since = self._failing_since
        if since is not None and now - since >= FAILING_SECONDS:
            return f"no receive has succeeded for {now - since:.0f} seconds: {self._error}"
        if now - self._alive_at >= SILENT_SECONDS:
            return f"the receive loop has been silent for {now - self._alive_at:.0f} seconds"
        return None


class HealthFile:
    """This process's file in the health directory."""

    def __init__(self, directory: str) -> None:
        self._path = Path(directory) / f"{os.getpid()}.json"

    def write(self, problem: str | None, *, busy: bool) -> None:
        """Write the verdict, and whether handlers run; where that is impossible, the check says that it finds
        nothing."""
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replacement = self._path.with_suffix(".new")
            replacement.write_text(json.dumps({"problem": problem, "busy": busy}))
            replacement.replace(self._path)

    def remove(self) -> None:
        """Leave no file behind."""
        with contextlib.suppress(OSError):
            self._path.unlink()


def check(directory: str) -> list[str]:
    """What is wrong with the workers that keep their files in `directory`; an empty list where all are
    well."""
    files = [path for path in sorted(Path(directory).glob("*.json")) if _runs(path)]
    if not files:
        return [f"no worker keeps a file in {directory}"]
    return [f"process {path.stem}: {problem}" for path in files if (problem := _problem(path)) is not None]


def any_busy(directory: str) -> bool:
    """Tell whether handlers run in any of the processes that keep their files in `directory`."""
    for path in Path(directory).glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            if _runs(path) and json.loads(path.read_text())["busy"]:
                return True
    return False


def _problem(path: Path) -> str | None:
    try:
        age = time.time() - path.stat().st_mtime
        problem = json.loads(path.read_text())["problem"]
    except (OSError, ValueError, KeyError) as error:
        return f"its file cannot be read: {error}"
    if age > STALE_SECONDS:
        return f"it has not written its file for {age:.0f} seconds"
    return problem


def _runs(path: Path) -> bool:
    """Tell whether the file's process still exists: a killed one leaves its file behind."""
    try:
        os.kill(int(path.stem), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def main() -> int:
    """Print what is wrong; the exit code is 0 where nothing is, else 1."""
    problems = check(os.environ.get("WORKER_HEALTH_DIRECTORY") or "/tmp/worker-health")  # noqa: S108 - settings.py
    sys.stdout.writelines(f"{problem}\n" for problem in problems or ["healthy"])
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
