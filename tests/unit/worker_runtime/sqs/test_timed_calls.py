"""Calls of a client that cannot end them: whoever waits for one can."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.support.worker_queue import wait_until
from worker_runtime.sqs import timed_calls
from worker_runtime.sqs.timed_calls import TimedCalls


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Calls that hang do so until this is set."""
    event = threading.Event()
    yield event
    event.set()


def callers() -> int:
    return sum(thread.name == "timed-calls" for thread in threading.enumerate())


def raising(error: BaseException) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def test_what_a_call_returns_or_raises_comes_back() -> None:
    calls = TimedCalls()
    assert calls.run(lambda: 7, 1) == 7
    with pytest.raises(LookupError, match="no"):
        calls.run(raising(LookupError("no")), 1)
    assert calls.run(lambda: 8, 1) == 8


def test_call_that_exits_is_an_error_of_its_own() -> None:
    with pytest.raises(SystemExit):
        TimedCalls().run(raising(SystemExit(3)), 1)


def test_calls_one_after_another_take_one_thread() -> None:
    calls = TimedCalls()
    before = callers()
    for _ in range(10):
        calls.run(lambda: None, 1)
    assert callers() == before + 1


def test_call_that_hangs_is_given_up_and_the_next_one_is_made(gate: threading.Event) -> None:
    calls = TimedCalls()
    with pytest.raises(TimeoutError, match=r"longer than 0\.1 seconds"):
        calls.run(lambda: gate.wait(30), 0.1)
    assert calls.run(lambda: 7, 1) == 7


def test_its_thread_is_used_again_once_it_has_ended(gate: threading.Event) -> None:
    calls = TimedCalls()
    before = callers()
    with pytest.raises(TimeoutError):
        calls.run(lambda: gate.wait(30), 0.05)
    gate.set()
    wait_until(lambda: not calls.hanging, "the end of the call")
    calls.run(lambda: None, 1)
    assert callers() == before + 1


def test_no_more_calls_are_begun_than_may_hang(gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timed_calls, "_HANGING_MOST", 3)
    calls = TimedCalls()
    for _ in range(3):
        with pytest.raises(TimeoutError, match="longer"):
            calls.run(lambda: gate.wait(30), 0.02)
    begun: list[int] = []
    with pytest.raises(TimeoutError, match="3 calls hang"):
        calls.run(lambda: begun.append(1), 1)
    assert begun == []
    gate.set()
    wait_until(lambda: not calls.hanging, "the end of the calls")
    calls.run(lambda: begun.append(1), 1)
    assert begun == [1]


def test_call_is_made_without_an_end_where_the_system_refuses_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timed_calls, "start_thread", lambda *_: False)
    assert TimedCalls().run(lambda: 7, 1) == 7
