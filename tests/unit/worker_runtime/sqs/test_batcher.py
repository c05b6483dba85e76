"""Batches, and the threads that send them: as many as are counted, whatever happens to one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from tests.support.worker_queue import wait_until
from worker_runtime.sqs import batcher
from worker_runtime.sqs.batcher import Batcher


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which exceptions ended a thread."""
    names: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: names.append(failure.exc_type.__name__))
    return names


def sending(send: Callable[[list[int]], None]) -> Batcher[int]:
    return Batcher("numbers", send)


def refuse_thread(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_send_that_raises_is_reported_and_keeps_no_other_from_being_sent(failures: list[str]) -> None:
    sent: list[int] = []

    def send(batch: list[int]) -> None:
        if 0 in batch:
            raise KeyError
        sent.extend(batch)

    numbers = sending(send)
    numbers.add(0)
    wait_until(lambda: failures == ["KeyError"], "the report")
    numbers.add(1)
    assert numbers.close(10)
    assert sent == [1]


def test_what_waits_when_a_thread_fails_is_sent_at_once(monkeypatch: pytest.MonkeyPatch, failures: list[str]) -> None:
    monkeypatch.setattr(batcher, "THREADS_MOST", 1)
    gate = threading.Event()
    sent: list[int] = []

    def send(batch: list[int]) -> None:
        if 0 in batch:
            gate.wait(10)
            raise KeyError
        sent.extend(batch)

    numbers = sending(send)
    for number in range(25):
        numbers.add(number)
    wait_until(lambda: numbers.backlog == 15, "the first batch under way")
    gate.set()
    wait_until(lambda: sent == list(range(10, 25)), "the others")
    assert failures == ["KeyError"]
    assert numbers.close(10)


def test_thread_that_the_system_refuses_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    numbers = sending(sent.extend)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse_thread)
        with pytest.raises(RuntimeError):
            numbers.start()
        numbers.add(1)
    numbers.add(2)
    assert numbers.close(10)
    assert sent == [1, 2]


def test_one_thread_sends_everything_where_the_system_refuses_more(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    numbers = sending(sent.extend)
    numbers.start()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse_thread)
        for number in range(100):
            numbers.add(number)
        assert numbers.close(10)
        numbers.add(100)  # the thread is still there
        assert numbers.close(10)
    assert sent == list(range(101))


def test_thread_whose_items_another_has_taken_waits_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batcher, "LINGER_SECONDS", 0.1)
    sent: list[list[int]] = []
    numbers = Batcher[int]("batches of numbers", sent.append)

    def threads() -> int:
        return sum(thread.name == "batches of numbers" for thread in threading.enumerate())

    for number in range(11):
        numbers.add(number)
    wait_until(lambda: sum(map(len, sent)) == 11, "both threads to have sent")
    both = threads()
    for _ in range(3):
        numbers.add(11)
        time.sleep(0.02)  # One thread lingers for more by now; the tenth item wakes the other, which takes all.
        for number in range(12, 21):
            numbers.add(number)
        wait_until(lambda: numbers.backlog == 0, "the ten")
        time.sleep(0.15)  # The first one is back, with nothing to send.
    assert threads() == both
    assert numbers.close(10)
    assert sum(map(len, sent)) == 41


def test_whoever_sends_sends_no_more_than_it_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """A receiver that sent a whole backlog would not receive meanwhile."""
    monkeypatch.setattr(batcher, "THREADS_MOST", 1)
    gate = threading.Event()
    by_thread: list[str] = []

    def send(_: list[int]) -> None:
        by_thread.append(threading.current_thread().name)
        if by_thread == ["numbers"]:
            gate.wait(10)

    numbers = sending(send)
    numbers.add_all(range(60))
    wait_until(lambda: by_thread == ["numbers"], "the first batch under way")
    numbers.send(range(60, 75))
    assert by_thread == ["numbers", *[threading.current_thread().name] * 2]
    gate.set()
    assert numbers.close(10)
    assert len(by_thread) == 8
