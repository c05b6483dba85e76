"""The supervisor, with processes that end in ways of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fake_sqs import EventList
from worker_runtime.process.supervisor import Supervisor

#: A worker that keeps a health file, as one does from before it holds messages, and removes it at SIGTERM.
WORKER = """
    import os, pathlib, signal, sys, time
    from worker_runtime.health import HealthFile

    file = HealthFile(os.environ["WORKER_HEALTH_DIRECTORY"])
    file.lease_seconds = int(os.environ.get("LEASE_SECONDS", "30"))

    def leave(*_):
        file.remove()
        os._exit(int(os.environ.get("AT_SIGTERM", "0")))

    signal.signal(signal.SIGTERM, leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    if "SETTINGS" in os.environ:
        os._exit(2)
    file.write(None, busy=False)
    here = pathlib.Path(os.environ["WORKER_HEALTH_DIRECTORY"])
    (here / f"started-{os.getpid()}").touch()
    code = here / "exit"
    while True:
        time.sleep(0.01)
        if code.exists():
            number = int(code.read_text())
            code.unlink()
            os._exit(number)
"""


class Box:
    """A supervisor on a directory, which is asked to stop once a condition holds."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.log = EventList()
        worker = directory / "worker.py"
        worker.write_text(textwrap.dedent(WORKER))
        monkeypatch.setattr("worker_runtime.process.supervisor._COMMAND", (sys.executable, str(worker)))

    def run(self, processes: int, until: Callable[[], bool], **environment: str) -> int:
        """Returns the exit code."""
        by = time.monotonic() + 20

        def wait(seconds: float) -> str | None:
            time.sleep(min(seconds, 0.02))
            return "SIGTERM" if until() or time.monotonic() > by else None

        directory = str(self.directory)
        supervisor = Supervisor(
            processes, directory, {**os.environ, "WORKER_HEALTH_DIRECTORY": directory, **environment}, self.log
        )
        return supervisor.run(wait, 10)

    def have_started(self, count: int) -> bool:
        return len(list(self.directory.glob("started-*"))) >= count

    def exit(self, code: int) -> None:
        """Have one process end by `os._exit`."""
        (self.directory / "exit").write_text(str(code))


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    return Box(tmp_path, monkeypatch)


def test_processes_that_leave_in_order(box: Box) -> None:
    assert box.run(2, lambda: box.have_started(2)) == 0
    assert box.run(1, lambda: box.have_started(3), AT_SIGTERM="1") == 1
    assert box.log.actions() == ["drain_started", "drain_started"]


@pytest.mark.parametrize("code", [0, 2, 7])
def test_exit_of_a_handler_s_own_is_no_end_of_the_worker(box: Box, code: int) -> None:
    asked = []

    def until() -> bool:
        if box.have_started(1) and not asked:
            asked.append(True)
            box.exit(code)
        return box.have_started(2)

    # What it held is in flight for 30 seconds more.
    assert box.run(1, until) == 1
    (ended,) = [event for event in box.log.events if event["action"] == "process_ended"]
    assert ended["exit_code"] == code


def test_what_a_process_held_that_died_long_ago_is_in_flight_no_more(box: Box) -> None:
    asked = []

    def until() -> bool:
        if box.have_started(1) and not asked:
            asked.append(True)
            box.exit(0)
        return box.have_started(2)

    assert box.run(1, until, LEASE_SECONDS="1") == 0


@pytest.mark.parametrize("code", [0, 2])
def test_exit_of_a_handler_s_own_while_the_worker_stops(box: Box, code: int) -> None:
    def until() -> bool:
        if box.have_started(1):
            box.exit(code)
            time.sleep(0.5)
            return True
        return False

    assert box.run(1, until) == 1


def test_wrong_settings_end_all(box: Box) -> None:
    assert box.run(2, lambda: False, SETTINGS="wrong") == 2


def test_system_that_refuses_a_process_is_asked_again(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    start = subprocess.Popen
    refusals = [BlockingIOError(11, "Resource temporarily unavailable")]

    def refuse_once(*arguments: object, **more: object) -> object:
        if refusals:
            raise refusals.pop()
        return start(*arguments, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", refuse_once)
    assert box.run(1, lambda: box.have_started(1)) == 0
    (refused, _) = box.log.events
    assert refused["action"] == "process_refused"
    assert refused["restart_seconds"] == 1.0


def test_fault_of_our_own_leaves_no_process_behind(box: Box) -> None:
    failures = [MemoryError()]

    def fail() -> bool:
        if failures and box.have_started(1):
            raise failures.pop()
        return False

    with pytest.raises(MemoryError):
        box.run(1, fail)
    (started,) = box.directory.glob("started-*")
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.name.removeprefix("started-")), 0)
