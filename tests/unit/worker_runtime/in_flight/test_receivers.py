"""Receiving: one long poll when idle, more when busy, and little when SQS has trouble."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.fake_sqs import received
from tests.support.fake_worker import FakeWorker
from tests.support.worker_queue import wait_until
from worker_runtime import health
from worker_runtime.errors import QueueError
from worker_runtime.in_flight.held import Held


def receive(worker: FakeWorker) -> list[Held]:
    """Start receiving; the messages end in the list."""
    delivered: list[Held] = []

    def deliver(messages: list[Held]) -> bool:
        delivered.extend(messages)
        return True

    worker.flow.receivers.start(deliver, lambda *_: True)
    return delivered


def requests(worker: FakeWorker) -> list[dict[str, Any]]:
    return worker.transport.parameters("ReceiveMessage")


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_idle_worker_has_one_long_poll_of_twenty_seconds(stop: threading.Event) -> None:
    worker = FakeWorker(ReceiveMessage=lambda _: (stop.wait(30) and {}) or {})
    receive(worker)
    wait_until(lambda: worker.flow.receivers.polls == 1, "a poll")
    assert requests(worker)[0]["WaitTimeSeconds"] == 20
    assert requests(worker)[0]["MaxNumberOfMessages"] == 10
    worker.flow.receivers.stop()


@pytest.mark.parametrize(
    ("operation", "right"),
    [
        ("ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
        ("DeleteMessageBatch", "sqs:DeleteMessage"),
    ],
)
def test_nothing_is_received_that_could_not_be_held_or_deleted(
    monkeypatch: pytest.MonkeyPatch, operation: str, right: str
) -> None:
    monkeypatch.setattr("worker_runtime.in_flight.receivers._LASTING_SECONDS", 0.1)
    monkeypatch.setattr("worker_runtime.in_flight.receivers._LASTING_JITTER_SECONDS", 0)
    monkeypatch.setattr("worker_runtime.health.FAILING_SECONDS", 0.2)
    worker = FakeWorker(ReceiveMessage=lambda _: time.sleep(0.01) or {})
    worker.transport.denied.add(operation)
    receive(worker)
    wait_until(lambda: f"the worker needs {right}: AccessDenied" in (worker.health.problem() or ""), "a red worker")
    assert requests(worker) == []
    worker.transport.denied.clear()
    wait_until(lambda: requests(worker) and worker.health.problem() is None, "a green worker")
    worker.flow.receivers.stop()


@pytest.fixture
def interpreter_has_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_runtime.in_flight.receivers.Interpreter.was_busy", lambda _: False)


def answering_after(seconds: float, stop: threading.Event, *, quick_from: int = 10_000) -> FakeWorker:
    """A worker whose receives bring full batches after so long, and at once from the one with this number on."""
    numbers = itertools.count()

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        stop.wait(seconds if len(requests(worker)) < quick_from else 0)
        return {"Messages": [received(next(numbers)) for _ in range(parameters["MaxNumberOfMessages"])]}

    worker = FakeWorker(concurrency=10_000, ReceiveMessage=answer)
    return worker


@pytest.mark.usefixtures("interpreter_has_time")
def test_full_batches_that_take_a_while_bring_more_receivers(stop: threading.Event) -> None:
    worker = answering_after(0.05, stop)
    receive(worker)
    wait_until(lambda: worker.flow.receivers.polls >= 20, "twenty receivers")
    worker.flow.receivers.stop()


@pytest.mark.usefixtures("interpreter_has_time")
def test_three_receivers_are_enough_where_receives_are_quick(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker_runtime.in_flight.receivers.CallTime.note", lambda *_: None)
    worker = answering_after(0.01, stop)
    receive(worker)
    polls = {wait_until(lambda: worker.flow.receivers.polls, "a poll") for _ in range(20) if not stop.wait(0.01)}
    worker.flow.receivers.stop()
    assert max(polls) == 3


@pytest.mark.usefixtures("interpreter_has_time")
def test_receivers_leave_when_receives_become_quick(stop: threading.Event) -> None:
    worker = answering_after(0.05, stop, quick_from=150)
    receive(worker)
    wait_until(lambda: worker.flow.receivers.polls >= 20, "twenty receivers")
    wait_until(lambda: len(requests(worker)) > 200 and worker.flow.receivers.polls <= 6, "few receivers")
    worker.flow.receivers.stop()


@pytest.mark.usefixtures("interpreter_has_time")
def test_receivers_stay_where_receives_are_now_slow_now_quick(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker_runtime.in_flight.receivers.CallTime.note", lambda *_: None)
    worker = answering_after(0.01, stop)
    receivers = worker.flow.receivers
    receivers._full_receives.seconds = 0.003
    receive(worker)
    wait_until(lambda: receivers.polls >= 20, "twenty receivers")
    receivers._full_receives.seconds = 0.0016
    asked = len(requests(worker))
    wait_until(lambda: len(requests(worker)) >= asked + 100, "a few rounds of each")
    assert receivers._threads >= 20
    receivers._full_receives.seconds = 0
    wait_until(lambda: receivers.polls <= 6, "few receivers")
    receivers.stop()


@pytest.mark.usefixtures("interpreter_has_time")
def test_receivers_wait_for_deletes_rather_than_leave(stop: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_runtime.in_flight.receivers._ROOM_SECONDS", 60.0)
    pauses = itertools.count(1)
    undeleted = 0
    paused = 0

    def count() -> int:
        nonlocal paused
        if undeleted:
            paused = next(pauses)
        return undeleted

    worker = answering_after(0.05, stop)
    receivers = worker.flow.receivers
    monkeypatch.setattr(receivers, "_undeleted", count)
    receive(worker)
    wait_until(lambda: receivers.polls >= 20, "twenty receivers")
    undeleted = 1_001
    wait_until(lambda: receivers.polls == 0 and paused >= 200, "a few looks of each")
    assert receivers._threads >= 20
    undeleted = 0
    wait_until(lambda: receivers.polls >= 20, "twenty receivers again")
    receivers.stop()


def test_one_receiver_does_where_more_would_only_wait_for_the_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_runtime.in_flight.receivers.Interpreter.was_busy", lambda _: True)
    numbers = itertools.count()
    polls: list[int] = []

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        polls.append(worker.flow.receivers.polls)
        time.sleep(0.02)
        return {"Messages": [received(next(numbers)) for _ in range(parameters["MaxNumberOfMessages"])]}

    worker = FakeWorker(concurrency=50, ReceiveMessage=answer)
    receive(worker)
    wait_until(lambda: len(requests(worker)) == 5, "five receives")
    assert polls == [1] * 5
    worker.flow.receivers.stop()


def test_missing_queue_is_asked_less_than_once_in_ten_seconds() -> None:
    def answer(_: dict[str, Any]) -> dict[str, Any]:
        raise QueueError("AWS.SimpleQueueService.NonExistentQueue", "gone", retry=False)

    worker = FakeWorker(ReceiveMessage=answer)
    receive(worker)
    (event,) = wait_until(lambda: worker.log.events, "an error")
    worker.flow.receivers.stop()
    assert event["action"] == "receive_failed"
    assert event["retry_seconds"] >= 10
    assert len(requests(worker)) == 1


def test_passing_errors_back_off_and_recover() -> None:
    failures = iter(range(3))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        if next(failures, None) is not None:
            raise QueueError("ThrottlingException", "slow down", retry=True)
        time.sleep(0.01)
        return {}

    worker = FakeWorker(ReceiveMessage=answer)
    receive(worker)
    wait_until(lambda: "receive_recovered" in worker.log.actions(), "recovery")
    worker.flow.receivers.stop()
    events = [event for event in worker.log.events if event["action"] == "receive_failed"]
    assert [event["retry_seconds"] <= longest for event, longest in zip(events, (0.5, 1, 2), strict=True)] == [True] * 3
    assert worker.health.problem() is None


def test_what_a_poll_brings_after_the_stop_is_kept_for_the_drain_to_hand_back(stop: threading.Event) -> None:
    def answer(_: dict[str, Any]) -> dict[str, Any]:
        stop.wait(30)
        return {"Messages": [received(1)]}

    worker = FakeWorker(ReceiveMessage=answer)
    delivered = receive(worker)
    wait_until(lambda: worker.flow.receivers.polls == 1, "a poll")
    worker.flow.receivers.stop()
    stop.set()
    wait_until(lambda: worker.flow.receivers.polls == 0, "the end of the poll")
    assert [held.message.id for held in delivered] == ["m-1"]
    assert len(requests(worker)) == 1


def test_receiving_goes_on_after_an_error_of_the_runtime(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker_runtime.in_flight.receivers.PASSING_BASE_SECONDS", 0)
    polls = itertools.count(1)

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        poll = next(polls)
        if poll == 1:
            raise RuntimeError("a fault of our own")
        return {"Messages": [received(1)]} if poll == 2 else (stop.wait(30) and {}) or {}

    # As much as one receive asks for: the next one needs the places of the first.
    worker = FakeWorker(concurrency=10, ReceiveMessage=answer)
    delivered = receive(worker)
    wait_until(lambda: delivered, "the next receive")
    assert "a fault of our own" in worker.log.events[0]["error"]
    worker.flow.receivers.stop()


def test_messages_are_received_for_as_long_as_they_are_held(stop: threading.Event) -> None:
    worker = FakeWorker(ReceiveMessage=lambda _: (stop.wait(30) and {}) or {})
    receive(worker)
    wait_until(lambda: worker.flow.receivers.polls == 1, "a poll")
    assert requests(worker)[0]["VisibilityTimeout"] == worker.flow.leases.seconds == 60
    worker.flow.receivers.stop()


@pytest.mark.parametrize("kind", ["deletes", "extensions"])
def test_nothing_more_is_received_while_what_is_held_can_be_neither_kept_nor_deleted(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(health, "FAILING_SECONDS", 0.0)
    worker = FakeWorker(ReceiveMessage=lambda _: time.sleep(0.01) or {})
    getattr(worker.health, kind).failed("InternalError")
    (message,) = worker.flow.leases.hold([received(1)])
    receive(worker)
    time.sleep(0.3)
    assert requests(worker) == []
    # With nothing held, a receive is the way to find out.
    worker.flow.leases.release(message)
    wait_until(lambda: requests(worker), "a receive")
    worker.flow.receivers.stop()
