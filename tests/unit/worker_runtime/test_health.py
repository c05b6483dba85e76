"""What turns the container's health check red, and green again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from worker_runtime import health
from worker_runtime.health import Health, HealthFile, any_busy, check, take_left


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move the clock of the health module."""
    now = time.monotonic()
    offset = 0.0
    monkeypatch.setattr(health.time, "monotonic", lambda: now + offset)

    def move(seconds: float) -> None:
        nonlocal offset
        offset += seconds

    return move


def test_short_trouble_is_no_problem(later: Callable[[float], None]) -> None:
    state = Health()
    state.failed("AccessDenied: no")
    later(19)
    assert state.problem() is None


def test_lasting_failure_is_a_problem_until_a_receive_succeeds(later: Callable[[float], None]) -> None:
    state = Health()
    state.failed("AccessDenied: no")
    later(12)
    state.alive()
    state.failed("KmsAccessDenied: no key")
    later(12)
    assert state.problem() == "no receive has succeeded for 24 seconds: KmsAccessDenied: no key"
    state.received()
    assert state.problem() is None


def test_silent_loop_is_a_problem_within_a_minute(later: Callable[[float], None]) -> None:
    state = Health()
    later(39)
    assert state.problem() is None
    later(1)
    assert state.problem() == "the receive loop has been silent for 40 seconds"
    state.alive()
    assert state.problem() is None


def test_worker_that_leaves_need_not_receive(later: Callable[[float], None]) -> None:
    state = Health()
    state.leaving()
    state.failed("Interrupted: the server closed the connection")
    later(100)
    assert state.problem() is None


def test_check_reads_what_the_process_wrote(tmp_path: Path) -> None:
    directory = str(tmp_path / "health")
    file = HealthFile(directory)
    assert check(directory) == [f"no worker keeps a file in {directory}"]
    file.write(None, busy=False)
    assert check(directory) == []
    assert not any_busy(directory)
    file.write("broken", busy=True)
    assert check(directory) == [f"process {os.getpid()}: broken"]
    assert any_busy(directory)
    file.remove()
    assert check(directory) == [f"no worker keeps a file in {directory}"]


def test_file_is_written_anew_where_it_was_removed(tmp_path: Path) -> None:
    file = HealthFile(str(tmp_path))
    file.write(None, busy=False)
    (tmp_path / f"{os.getpid()}.json").unlink()
    file.write("broken", busy=True)
    assert check(str(tmp_path)) == [f"process {os.getpid()}: broken"]


def test_verdict_is_told_where_no_descriptor_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(24, "Too many open files")

    file = HealthFile(str(tmp_path))
    file.write(None, busy=False)
    with monkeypatch.context() as patch:
        patch.setattr(health.os, "open", refuse)
        file.write("no receive has succeeded: Too many open files", busy=False)
    (problem,) = check(str(tmp_path))
    assert problem == f"process {os.getpid()}: no receive has succeeded: Too many open files"


def test_descriptor_that_a_handler_closed_is_left_to_its_next_owner(tmp_path: Path) -> None:
    descriptor = os.dup(0)
    os.close(descriptor)
    file = HealthFile(str(tmp_path / "health"))
    file.write(None, busy=False)
    os.close(descriptor)
    with (tmp_path / "other").open("w") as other:
        assert other.fileno() == descriptor
        file.write("broken", busy=False)
        file.remove()
        other.write("mine")
    assert (tmp_path / "other").read_text() == "mine"


def test_long_problem_is_cut(tmp_path: Path) -> None:
    HealthFile(str(tmp_path)).write("\u20ac" * 5_000, busy=False)
    assert check(str(tmp_path)) == [f"process {os.getpid()}: " + "\u20ac" * 600]


def test_check_that_may_not_look_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> list[Path]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert check("/somewhere") == ["/somewhere cannot be read: [Errno 24] Too many open files"]


def test_old_file_means_a_process_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    HealthFile(str(tmp_path)).write(None, busy=False)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 21)
    # Whatever the clock on the wall says meanwhile.
    monkeypatch.setattr(time, "time", lambda: 0.0)
    (problem,) = check(str(tmp_path))
    assert problem.startswith(f"process {os.getpid()}: it has not written its file for 2")


def test_file_of_a_process_that_is_gone_does_not_count(tmp_path: Path) -> None:
    HealthFile(str(tmp_path)).write(None, busy=False)
    (tmp_path / "4194305.json").write_text('{"problem": "dead", "busy": true}')
    assert check(str(tmp_path)) == []
    assert not any_busy(str(tmp_path))


@pytest.mark.parametrize("text", ["", "{}", "broken", "[]", '{"problem": null, "written_at": null}'])
def test_file_that_cannot_be_read_is_a_problem(tmp_path: Path, text: str) -> None:
    (tmp_path / f"{os.getpid()}.json").write_text(text)
    (problem,) = check(str(tmp_path))
    assert problem.startswith(f"process {os.getpid()}: its file cannot be read")


def test_place_that_cannot_be_written_harms_nothing() -> None:
    HealthFile("/proc/nowhere").write(None, busy=False)


@pytest.mark.parametrize(("kind", "name"), [("deletes", "delete"), ("extensions", "extension of a lease")])
def test_calls_about_held_messages_that_all_fail_are_a_problem(
    later: Callable[[float], None], kind: str, name: str
) -> None:
    state = Health()
    calls = getattr(state, kind)
    calls.failed("InternalError: no")
    later(19)
    assert not state.nothing_can_be_held
    later(1)
    state.received()
    assert state.problem() == f"no {name} has succeeded for 20 seconds: InternalError: no"
    assert state.nothing_can_be_held
    calls.succeeded()
    assert state.problem() is None
    assert not state.nothing_can_be_held


def test_batch_that_fails_in_part_is_no_problem(later: Callable[[float], None]) -> None:
    state = Health()
    state.deletes.answered(["InternalError"], 1)
    later(15)
    state.deletes.answered(["InternalError"] * 9, 10)
    later(10)
    state.deletes.answered(["InternalError"] * 10, 10)
    assert state.problem() is None
    later(20)
    assert state.problem() == "no delete has succeeded for 20 seconds: InternalError"


def test_failure_of_long_ago_is_forgotten(later: Callable[[float], None]) -> None:
    state = Health()
    state.deletes.failed("InternalError")
    later(61)
    state.alive()
    assert state.problem() is None
    state.deletes.failed("InternalError")
    later(19)
    assert state.problem() is None
    later(1)
    assert state.problem() == "no delete has succeeded for 20 seconds: InternalError"


def test_what_a_process_leaves_behind_is_taken_once(tmp_path: Path) -> None:
    directory = str(tmp_path)
    file = HealthFile(directory)
    file.write(None, busy=False)
    assert take_left(directory, os.getpid()) == 0
    assert take_left(directory, os.getpid()) is None
    file.lease_seconds = 30
    file.write(None, busy=True)
    assert take_left(directory, os.getpid()) == 30
    file.write(None, busy=True)
    file.remove()
    assert take_left(directory, os.getpid()) is None
