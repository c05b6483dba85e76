"""Receiving: one long poll when idle, more when busy, and little when SQS has trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.fake_sqs import EventList, FakeTransport, queue_on, received
from tests.support.worker_queue import wait_until
from worker_runtime.settlement.acknowledger import Acknowledger
from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.errors import QueueError
from worker_runtime.health import Health
from worker_runtime.in_flight.held import Held
from worker_runtime.telemetry.metrics import Metrics
from worker_runtime.in_flight.receivers import Receivers
from worker_runtime.in_flight.leases import Leases


class Bench:
    """Receivers whose messages end in lists."""

    def __init__(self, answer: Any, concurrency: int = 10) -> None:
        self.transport = FakeTransport(ReceiveMessage=answer)
        self.log = EventList()
        self.health = Health()
        self.capacity = Capacity(concurrency)
        queue = queue_on(self.transport)
        leases = Leases(queue, 60, self.log, Metrics("orders"))
        self.receivers = Receivers(
            queue, self.capacity, leases, Acknowledger(queue, leases, self.log), self.health, self.log
        )
        self.delivered: list[Held] = []

    def start(self) -> None:
        def deliver(messages: list[Held]) -> bool:
            self.delivered += messages
            return True

        self.receivers.start(deliver)

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self.transport.parameters("ReceiveMessage")


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_idle_worker_has_one_long_poll_of_twenty_seconds(stop: threading.Event) -> None:
    bench = Bench(lambda _: (stop.wait(30) and {}) or {})
    bench.start()
    wait_until(lambda: bench.receivers.polls == 1, "a poll")
    assert bench.requests[0]["WaitTimeSeconds"] == 20
    assert bench.requests[0]["MaxNumberOfMessages"] == 10
    bench.receivers.stop()


def test_full_batches_bring_more_receivers(stop: threading.Event) -> None:
    numbers = iter(range(10_000))

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if len(bench.requests) > 4:
            stop.wait(30)
            return {}
        return {"Messages": [received(next(numbers)) for _ in range(parameters["MaxNumberOfMessages"])]}

    bench = Bench(answer, concurrency=100)
    bench.start()
    wait_until(lambda: bench.receivers.polls >= 3, "three receivers")
    bench.receivers.stop()


def test_missing_queue_is_asked_less_than_once_in_ten_seconds() -> None:
    def answer(_: dict[str, Any]) -> dict[str, Any]:
        raise QueueError("AWS.SimpleQueueService.NonExistentQueue", "gone", retry=False)

    bench = Bench(answer)
    bench.start()
    (event,) = wait_until(lambda: bench.log.events, "an error")
    bench.receivers.stop()
    assert event["action"] == "receive_failed"
    assert event["retry_seconds"] >= 10
    assert len(bench.requests) == 1


def test_passing_errors_back_off_and_recover() -> None:
    failures = iter(range(3))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        if next(failures, None) is not None:
            raise QueueError("ThrottlingException", "slow down", retry=True)
        time.sleep(0.01)
        return {}

    bench = Bench(answer)
    bench.start()
    wait_until(lambda: "receive_recovered" in bench.log.actions(), "recovery")
    bench.receivers.stop()
    events = [event for event in bench.log.events if event["action"] == "receive_failed"]
    assert [event["retry_seconds"] <= longest for event, longest in zip(events, (0.5, 1, 2), strict=True)] == [True] * 3
    assert bench.health.problem() is None


def test_what_a_poll_brings_after_the_stop_is_kept_for_the_drain_to_hand_back(stop: threading.Event) -> None:
    def answer(_: dict[str, Any]) -> dict[str, Any]:
        stop.wait(30)
        return {"Messages": [received(1)]}

    bench = Bench(answer)
    bench.start()
    wait_until(lambda: bench.receivers.polls == 1, "a poll")
    bench.receivers.stop()
    stop.set()
    wait_until(lambda: bench.receivers.polls == 0, "the end of the poll")
    assert [held.message.id for held in bench.delivered] == ["m-1"]
    assert len(bench.requests) == 1


def test_receiving_goes_on_after_an_error_of_the_runtime(
    stop: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.receiver._PASSING_BASE_SECONDS", 0)
    failures = [RuntimeError("a fault of our own")]

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        if failures:
            raise failures.pop()
        return {"Messages": [received(1)]} if not bench.delivered else (stop.wait(30) and {}) or {}

    bench = Bench(answer)
    bench.start()
    wait_until(lambda: bench.delivered, "the next receive")
    assert "a fault of our own" in bench.log.events[0]["error"]
    bench.receivers.stop()
    assert bench.capacity.used <= 11  # the message, and the poll under way
