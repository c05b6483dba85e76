"""Is this worker well? Each process keeps a small file; `python -m worker_runtime.health` reads them, as the
container's check.

Red within a minute where the loop hangs, the queue is gone, its key is denied, the credentials are dead, or nothing
that is held can be kept or deleted; green again as soon as such a call succeeds.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

#: Calls of one kind that all fail for this long make the worker unhealthy: longer than one throttled moment.
FAILING_SECONDS = 20.0
#: A run of failures is over, too, when there was none for this long: longer than a call waits for its next try.
_FORGET_SECONDS = 60.0
#: So does a receive loop that shows no sign of life: longer than a long poll and its answer may take.
SILENT_SECONDS = 40.0
#: The main thread writes the file this often; a file older than STALE_SECONDS means that it hangs.
WRITE_SECONDS = 5.0
STALE_SECONDS = 20.0
#: Size of the file, and what of a problem's text fits into it, however JSON writes it.
_FILE_BYTES = 4_096
_PROBLEM_MOST_CHARACTERS = 600


class Calls:
    """Calls of one kind, of which one that succeeds tells that all is well."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._failing_since: float | None = None
        self._failed_at = 0.0
        self._error = ""

    def succeeded(self) -> None:
        """One succeeded."""
        self._failing_since = None

    def failed(self, error: str) -> None:
        """One failed."""
        now = time.monotonic()
        with self._lock:
            if self._failing_since is None or now - self._failed_at >= _FORGET_SECONDS:
                self._failing_since = now
            self._failed_at = now
            self._error = error

    def answered(self, codes: Sequence[str], entries: int) -> None:
        """A batch of `entries` was answered; `codes` are of those that failed and are worth another try."""
        if len(codes) < entries:
            self.succeeded()
        else:
            self.failed(codes[0])

    def problem(self) -> str | None:
        """What is wrong, or None while one of them succeeds now and then."""
        now = time.monotonic()
        since = self._failing_since
        if since is None or now - since < FAILING_SECONDS or now - self._failed_at >= _FORGET_SECONDS:
            return None
        return f"no {self._name} has succeeded for {now - since:.0f} seconds: {self._error}"


class Health:
    """What the parts of one process report about themselves."""

    def __init__(self) -> None:
        self._alive_at = time.monotonic()
        self._receives = Calls("receive")
        self.deletes = Calls("delete")
        self.extensions = Calls("extension of a lease")
        self._leaving = False

    def alive(self) -> None:
        """A receiver goes round its loop."""
        self._alive_at = time.monotonic()

    def received(self) -> None:
        """A receive succeeded, with or without messages."""
        self._alive_at = time.monotonic()
        self._receives.succeeded()

    def failed(self, error: str) -> None:
        """A receive failed."""
        self._receives.failed(error)

    @property
    def nothing_can_be_held(self) -> bool:
        """What is received now could not be kept or deleted."""
        return any(calls.problem() for calls in (self.deletes, self.extensions))

    def leaving(self) -> None:
        """The receivers end: that they fail or are silent is no trouble any more."""
        self._leaving = True

    def problem(self) -> str | None:
        """What is wrong, or None where the worker is well."""
        if self._leaving:
            return None
        for calls in (self._receives, self.deletes, self.extensions):
            if problem := calls.problem():
                return problem
        silent = time.monotonic() - self._alive_at
        if silent >= SILENT_SECONDS:
            return f"the receive loop has been silent for {silent:.0f} seconds"
        return None


class HealthFile:
    """This process's file in the health directory. It stays open: there may be no descriptor left when there is most to
    tell."""

    def __init__(self, directory: str) -> None:
        self._path = _file_of(directory, os.getpid())
        self.lease_seconds = 0
        """For how long messages stay in flight that this process holds when it dies."""
        self._descriptor = -1
        self._file: os.stat_result | None = None

    def write(self, problem: str | None, *, busy: bool, slowed: str | None = None) -> None:
        """Write the verdict, whether handlers run, and why receives are slowed down; where that is impossible, the
        check says that it finds nothing."""
        cut = None if problem is None else problem[:_PROBLEM_MOST_CHARACTERS]
        # In one piece of one size: who reads meanwhile sees the old text or the new one.
        verdict = {
            "problem": cut,
            "busy": busy,
            "slowed": slowed,
            "lease_seconds": self.lease_seconds,
            "written_at": time.monotonic(),
        }
        text = json.dumps(verdict).ljust(_FILE_BYTES).encode()
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


def take_left(directory: str, pid: int) -> int | None:
    """Remove the file that a process has left behind, and return for how many seconds messages may be in flight that it
    held; None where it has removed its file itself, as it does when it leaves in order.

    An exit code tells nothing: it may be that of a handler's `os._exit(0)`.
    """
    file = _file_of(directory, pid)
    seconds = None
    with contextlib.suppress(OSError, ValueError, KeyError):
        seconds = int(json.loads(file.read_text())["lease_seconds"])
    with contextlib.suppress(OSError):
        file.unlink(missing_ok=True)
    return seconds


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


def _file_of(directory: str, pid: int) -> Path:
    return Path(directory) / f"{pid}.json"


def any_busy(directory: str) -> bool:
    """Tell whether handlers run in any of the processes that keep their files in `directory`."""
    for path in Path(directory).glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError):
            if _runs(path) and json.loads(path.read_text())["busy"]:
                return True
    return False


def slowed(directory: str) -> list[str]:
    """What keeps workers that are well from receiving as they could: another task would fare no better."""
    found = []
    for path in sorted(Path(directory).glob("*.json")):
        with contextlib.suppress(OSError, ValueError, KeyError):
            if _runs(path) and (reason := json.loads(path.read_text())["slowed"]):
                found.append(f"process {path.stem}: {reason}")
    return found


def _problem(path: Path) -> str | None:
    try:
        verdict = json.loads(path.read_text())
        # Not the file's time: a clock that is set back would have a process that hangs seem well for as long.
        age, problem = time.monotonic() - verdict["written_at"], verdict["problem"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"its file cannot be read: {error}"
    if not 0 <= age <= STALE_SECONDS:
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
    """Print what is wrong, or why a healthy worker is slow; the exit code is 0 where nothing is, else 1."""
    directory = os.environ.get("WORKER_HEALTH_DIRECTORY") or "/tmp/worker-health"  # noqa: S108 - settings.py
    problems = check(directory)
    sys.stdout.writelines(f"{line}\n" for line in problems or ["healthy", *slowed(directory)])
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
