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
#: Size of the file, and what of a problem's text fits into it, however JSON writes it.
_FILE_BYTES = 4_096
_PROBLEM_MOST_CHARACTERS = 600


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
    """This process's file in the health directory. It stays open: there may be no descriptor left when there is most to
    tell."""

    def __init__(self, directory: str) -> None:
        self._path = Path(directory) / f"{os.getpid()}.json"
        self._descriptor = -1
        self._file: os.stat_result | None = None

    def write(self, problem: str | None, *, busy: bool) -> None:
        """Write the verdict, and whether handlers run; where that is impossible, the check says that it finds
        nothing."""
        cut = None if problem is None else problem[:_PROBLEM_MOST_CHARACTERS]
        # In one piece of one size: who reads meanwhile sees the old text or the new one.
        text = json.dumps({"problem": cut, "busy": busy}).ljust(_FILE_BYTES).encode()
        with contextlib.suppress(OSError):
            if self._is_in_place():
                os.pwrite(self._descriptor, text, 0)
            else:
                self._create(text)

    def remove(self) -> None:
        """Leave no file behind."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        self._close()

    def _is_in_place(self) -> bool:
        """Tell whether the descriptor still is the file's: a handler may have closed it, or somebody moved the file."""
        try:
            return self._file is not None and os.path.samestat(os.fstat(self._descriptor), self._path.stat())
        except OSError:
            return False

    def _create(self, text: bytes) -> None:
        self._close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        self._descriptor = os.open(new, os.O_WRONLY | os.O_CREAT, 0o644)
        self._file = os.fstat(self._descriptor)
        os.pwrite(self._descriptor, text, 0)
        new.replace(self._path)

    def _close(self) -> None:
        """Close the descriptor unless it is another file's by now."""
        with contextlib.suppress(OSError):
            if self._file is not None and os.path.samestat(os.fstat(self._descriptor), self._file):
                os.close(self._descriptor)
        self._file = None


def check(directory: str) -> list[str]:
    """What is wrong with the workers that keep their files in `directory`; an empty list where all are
    well."""
    try:
        paths = sorted(Path(directory).iterdir())
    except FileNotFoundError:
        paths = []
    except OSError as error:
        return [f"{directory} cannot be read: {error}"]
    files = [path for path in paths if path.suffix == ".json" and _runs(path)]
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
