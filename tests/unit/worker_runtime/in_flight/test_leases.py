"""Leases: extended in time, never believed after their end, always with the newest receipt handle."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.fake_sqs import EventList, FakeTransport, failing_entries, queue_on, received
from tests.support.worker_queue import wait_until
from worker_runtime.errors import QueueError
from worker_runtime.health import Calls
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.leases import Leases
from worker_runtime.sqs import batcher
from worker_runtime.telemetry.metrics import Metrics


@contextmanager
def leases(transport: FakeTransport, log: EventList, seconds: int = 1) -> Iterator[Leases]:
    keeper = Leases(queue_on(transport), seconds, Calls("extension of a lease"), log, Metrics("orders"))
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.close()


def raise_error(_: dict[str, Any]) -> dict[str, Any]:
    raise QueueError("ServiceUnavailable", "", retry=True)


def test_everything_held_is_extended_by_the_visibility_timeout_in_batches_of_ten() -> None:
    transport = FakeTransport()
    with leases(transport, EventList()) as keeper:
        keeper.hold([received(number) for number in range(12)])
        wait_until(lambda: len(transport.changes()) >= 24, "two heartbeats")
        assert {seconds for _, seconds in transport.changes()} == {1}
        sizes = [len(call["Entries"]) for call in transport.parameters("ChangeMessageVisibilityBatch")]
    assert sizes[:2] == [10, 2]


@pytest.mark.parametrize(("visibility_seconds", "answer_seconds"), [(3, 1), (12, 3), (60, 5)])
def test_extension_is_given_up_early_enough_for_another(visibility_seconds: int, answer_seconds: float) -> None:
    asked: list[float] = []

    class Timed(FakeTransport):
        def call(self, operation: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
            asked.append(timeout_seconds)
            return super().call(operation, parameters, timeout_seconds)

    with leases(Timed(), EventList(), visibility_seconds) as keeper:
        (held,) = keeper.hold([received(1)])
        held.extend_at = 0
        wait_until(lambda: asked, "an extension")

    assert asked[0] == answer_seconds


def test_released_message_is_extended_no_more() -> None:
    transport = FakeTransport()
    with leases(transport, EventList()) as keeper:
        first, _ = keeper.hold([received(1), received(2)])
        keeper.release(first)
        wait_until(lambda: len(transport.changes()) >= 2, "two heartbeats")
    assert {handle for handle, _ in transport.changes()} == {"r-2"}


@pytest.mark.parametrize("code", ["ReceiptHandleIsInvalid", "AWS.SimpleQueueService.MessageNotInflight"])
def test_refused_heartbeat_loses_the_lease_at_once(code: str) -> None:
    transport = FakeTransport(ChangeMessageVisibilityBatch=lambda _: failing_entries(code, 0))
    log = EventList()
    with leases(transport, log) as keeper:
        (message,) = keeper.hold([received(1)])
        wait_until(lambda: message.lost, "the loss")
        assert message.message.cancelled
        assert len(keeper) == 0
    assert log.events[0]["reason"] == code


def test_failing_heartbeat_is_repeated_until_the_lease_has_run_out() -> None:
    transport = FakeTransport(ChangeMessageVisibilityBatch=raise_error)
    log = EventList()
    with leases(transport, log) as keeper:
        (message,) = keeper.hold([received(1)])
        wait_until(lambda: message.lost, "the loss")
    assert len(transport.parameters("ChangeMessageVisibilityBatch")) > 1
    assert log.actions()[-1] == "lease_lost"
    assert set(log.actions()[:-1]) == {"heartbeat_failed"}


def test_lease_that_runs_out_while_a_call_hangs_is_noticed_by_the_clock() -> None:
    hang = threading.Event()
    transport = FakeTransport(ChangeMessageVisibilityBatch=lambda _: (hang.wait(30) and {}) or {})
    log = EventList()
    with leases(transport, log) as keeper:
        messages = keeper.hold([received(number) for number in range(12)])
        wait_until(lambda: all(message.lost for message in messages), "the losses")
        assert len(transport.parameters("ChangeMessageVisibilityBatch")) >= 1
        hang.set()
    assert {event["reason"] for event in log.events} == {"the lease ran out"}


def test_heartbeat_that_is_denied_takes_the_right_to_receive_until_it_is_allowed() -> None:
    transport = FakeTransport()
    with leases(transport, EventList()) as keeper:
        keeper.rights.prove()
        transport.denied.add("ChangeMessageVisibilityBatch")
        keeper.hold([received(1)])
        wait_until(lambda: keeper.rights.are_missing, "the refusal")
        with pytest.raises(QueueError, match="the worker needs sqs:ChangeMessageVisibility: AccessDenied"):
            keeper.rights.prove()
        transport.denied.clear()
        keeper.rights.prove()
        assert not keeper.rights.are_missing


def test_heartbeat_that_fails_once_costs_nothing() -> None:
    answers = iter([failing_entries("InternalError", 0)])
    transport = FakeTransport(ChangeMessageVisibilityBatch=lambda _: next(answers, {}))
    with leases(transport, EventList()) as keeper:
        (message,) = keeper.hold([received(1)])
        wait_until(lambda: len(transport.changes()) >= 4, "four heartbeats")
        assert not message.lost


def test_message_that_sqs_delivers_again_is_held_once_with_the_new_handle() -> None:
    transport = FakeTransport()
    log = EventList()
    with leases(transport, log, seconds=60) as keeper:
        (message,) = keeper.hold([received(1)])
        assert keeper.hold([received(1, ReceiptHandle="newer")]) == []
        assert message.receipt_handle == "newer"
    assert log.actions() == ["message_received_again"]


def test_lease_ends_before_the_visibility_timeout_does() -> None:
    with leases(FakeTransport(), EventList(), seconds=60) as keeper:
        (message,) = keeper.hold([received(1)])
        assert message.lease_until - message.received_at == pytest.approx(58, abs=0.1)
        assert not keeper.has_lapsed(message)
        message.lease_until -= 60
        assert keeper.has_lapsed(message)


def test_extension_stops_at_the_twelve_hours_of_sqs() -> None:
    transport = FakeTransport()
    with leases(transport, EventList(), seconds=3) as keeper:
        (message,) = keeper.hold([received(1)])
        message.received_at -= 43_200 - 4.5
        wait_until(lambda: transport.changes(), "a heartbeat")
        assert transport.changes()[0][1] < 3
        wait_until(lambda: message.lost, "the loss")


def test_message_that_cannot_be_read_does_not_keep_the_others_from_being_held() -> None:
    log = EventList()
    broken = received(1)
    del broken["ReceiptHandle"]
    keeper = Leases(queue_on(FakeTransport()), 60, Calls("extension of a lease"), log, Metrics("orders"))
    assert [held.message.id for held in keeper.hold([broken, received(2)])] == ["m-2"]
    assert log.events[0]["action"] == "message_unreadable"


def test_heartbeat_outlives_an_error_of_the_runtime() -> None:
    failures = [RuntimeError("a fault of our own")]

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        if failures:
            raise failures.pop()
        return {}

    transport, log = FakeTransport(ChangeMessageVisibilityBatch=answer), EventList()
    with leases(transport, log, 30) as keeper:
        (message,) = keeper.hold([received(1)])
        message.extend_at = 0
        wait_until(lambda: len(transport.changes()) == 2, "the next heartbeat")
    assert "a fault of our own" in log.events[0]["error"]


def test_message_that_was_handed_back_meanwhile_is_not_hidden_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batcher, "THREADS_MOST", 1)

    def release_the_last(_: dict[str, Any]) -> dict[str, Any]:
        keeper.release(messages[-1])
        return {}

    transport = FakeTransport(ChangeMessageVisibilityBatch=release_the_last)
    with leases(transport, EventList()) as keeper:
        messages = keeper.hold([received(number) for number in range(11)])
        wait_until(lambda: len(transport.changes()) >= 20, "two heartbeats")
    assert "r-10" not in {handle for handle, _ in transport.changes()}
    assert [len(call["Entries"]) for call in transport.parameters("ChangeMessageVisibilityBatch")][:2] == [10, 10]


def test_thousands_of_messages_are_extended_side_by_side() -> None:
    together = threading.Barrier(8)

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        together.wait(30)  # until as many calls are under way
        return {}

    transport, log = FakeTransport(ChangeMessageVisibilityBatch=answer), EventList()
    with leases(transport, log, seconds=60) as keeper:
        for _ in range(2):  # the second time, the threads are there and idle
            transport.calls.clear()
            for message in keeper.hold([received(number) for number in range(4_000)]) or keeper.held():
                message.extend_at = 0
            wait_until(lambda: len(transport.changes()) == 4_000, "all to be extended")
        assert len(keeper) == 4_000
    assert {event["action"] for event in log.events} <= {"message_received_again"}


def test_extension_that_hangs_keeps_no_other_from_being_extended_and_hides_no_lapse() -> None:
    gate = threading.Event()

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        if parameters["Entries"][0]["ReceiptHandle"] == "r-0":
            gate.wait(30)
        return {}

    transport, log = FakeTransport(ChangeMessageVisibilityBatch=answer), EventList()
    with leases(transport, log, seconds=60) as keeper:
        (first,) = keeper.hold([received(0)])
        first.extend_at = 0
        wait_until(transport.changes, "the extension that hangs")
        (second,) = keeper.hold([received(1)])
        second.extend_at = 0
        wait_until(lambda: ("r-1", 60) in transport.changes(), "the other one")
        first.lease_until = 0
        wait_until(lambda: first.lost, "the lapse")
        assert keeper.held() == [second]
        gate.set()


def run_and_lose(keeper: Leases) -> Held:
    """A message whose handler runs on although its lease is lost."""
    (message,) = keeper.hold([received(1)])
    message.started_at = time.monotonic()
    keeper.lose(message, "test")
    return message


def test_message_that_a_handler_has_not_left_yet_does_not_start_beside_it() -> None:
    keeper = Leases(queue_on(FakeTransport()), 60, Calls("extension of a lease"), EventList(), Metrics("orders"))
    message = run_and_lose(keeper)
    assert keeper.hold([received(1, ReceiptHandle="newer")]) == []
    (again,) = keeper.held()
    assert keeper.take_outlived(message) is again
    assert again.receipt_handle == "newer"


def test_message_that_came_again_and_was_lost_again_is_not_started() -> None:
    keeper = Leases(queue_on(FakeTransport()), 60, Calls("extension of a lease"), EventList(), Metrics("orders"))
    message = run_and_lose(keeper)
    keeper.hold([received(1)])
    keeper.lose(keeper.held()[0], "test")
    assert keeper.take_outlived(message) is None
    assert len(keeper.hold([received(1)])) == 1


@pytest.mark.parametrize("settled", [False, True])
def test_lost_message_that_no_handler_has_may_start_when_it_comes_again(settled: bool) -> None:
    keeper = Leases(queue_on(FakeTransport()), 60, Calls("extension of a lease"), EventList(), Metrics("orders"))
    (message,) = keeper.hold([received(1)])
    if settled:
        message.started_at = time.monotonic()
        message.claim()
    keeper.lose(message, "test")
    assert len(keeper.hold([received(1)])) == 1
