"""Deletes and returns: batches, partial failures, and giving up."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import pytest

from tests.support.fake_sqs import failing_entries, received
from tests.support.fake_worker import FakeWorker
from tests.support.worker_queue import wait_until
from worker_runtime.errors import QueueError
from worker_runtime.settlement import deletes


def refuse(code: str = "AccessDenied") -> dict[str, Any]:
    raise QueueError(code, "", retry=False)


def test_deletes_go_in_batches_of_ten() -> None:
    worker = FakeWorker()
    messages = worker.flow.leases.hold([received(number) for number in range(25)])
    for message in messages:
        worker.flow.acknowledger.acknowledge(message)
    assert worker.flow.acknowledger.close(10)
    sizes = [len(call["Entries"]) for call in worker.transport.parameters("DeleteMessageBatch")]
    assert sum(sizes) == 25
    assert max(sizes) == 10
    assert len(worker.flow.leases) == 0


def test_message_stays_leased_until_its_delete_is_confirmed() -> None:
    answers = itertools.chain([failing_entries("InternalError", 0)] * 2, itertools.repeat({}))
    leased: list[int] = []

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        leased.append(len(worker.flow.leases))
        return next(answers)

    worker = FakeWorker(DeleteMessageBatch=answer)
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: len(worker.flow.leases) == 0, "the delete")
    assert leased == [1, 1, 1]
    assert worker.transport.deleted() == ["r-1"] * 3


def test_only_the_entry_that_failed_is_tried_again() -> None:
    answers = itertools.chain([failing_entries("InternalError", 1)], itertools.repeat({}))
    worker = FakeWorker(DeleteMessageBatch=lambda _: next(answers))
    for message in worker.flow.leases.hold([received(number) for number in range(3)]):
        worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: len(worker.flow.leases) == 0, "the deletes")
    assert worker.transport.deleted() == ["r-0", "r-1", "r-2", "r-1"]
    assert worker.log.events == []


def test_entries_that_failed_are_tried_again_one_by_one() -> None:
    answers = itertools.chain([failing_entries("InternalError", 0, 2)], itertools.repeat({}))
    worker = FakeWorker(DeleteMessageBatch=lambda _: next(answers))
    for message in worker.flow.leases.hold([received(number) for number in range(3)]):
        worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: len(worker.flow.leases) == 0, "the deletes")
    assert [len(call["Entries"]) for call in worker.transport.parameters("DeleteMessageBatch")] == [3, 1, 1]
    assert worker.transport.deleted()[3:] == ["r-0", "r-2"]


def test_call_that_failed_is_made_again_for_as_long_as_the_lease_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletes, "TRY_CAP_SECONDS", 0.01)
    answers = itertools.chain(itertools.repeat(None, 30), itertools.repeat({}))
    worker = FakeWorker(DeleteMessageBatch=lambda _: refuse() if (answer := next(answers)) is None else answer)
    for message in worker.flow.leases.hold([received(number) for number in range(3)]):
        worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: len(worker.flow.leases) == 0, "the deletes")
    assert worker.transport.deleted() == ["r-0", "r-1", "r-2"] * 31
    assert worker.log.events == []


def test_delete_that_fails_holds_no_other_up() -> None:
    def fail_the_first(parameters: dict[str, Any]) -> dict[str, Any]:
        handles = [entry["ReceiptHandle"] for entry in parameters["Entries"]]
        return failing_entries("InternalError", handles.index("r-0")) if "r-0" in handles else {}

    worker = FakeWorker(DeleteMessageBatch=fail_the_first)
    messages = worker.flow.leases.hold([received(number) for number in range(200)])
    for message in messages:
        worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: worker.flow.leases.held() == messages[:1], "all others to be deleted")
    wait_until(lambda: worker.flow.acknowledger.backlog == 1, "the one that waits for another try")


def test_latest_receipt_handle_is_used_when_a_delete_is_tried_again() -> None:
    answers = itertools.chain([failing_entries("InternalError", 0)], itertools.repeat({}))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        message.receipt_handle = "newer"
        return next(answers)

    worker = FakeWorker(DeleteMessageBatch=answer)
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: len(worker.flow.leases) == 0, "the delete")
    assert worker.transport.deleted() == ["r-1", "newer"]


def test_message_received_again_while_its_delete_is_under_way_is_deleted_once_more() -> None:
    codes = iter([(), ("ReceiptHandleIsInvalid",)])
    leased: list[int] = []

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        leased.append(len(worker.flow.leases))
        (entry,) = parameters["Entries"]
        if entry["ReceiptHandle"] == "newest":
            return {}
        newer = "newer" if entry["ReceiptHandle"] == "r-1" else "newest"
        worker.flow.leases.hold([received(1, ReceiptHandle=newer)])
        return {"Failed": [{"Id": "0", "Code": code} for code in next(codes)]}

    worker = FakeWorker(DeleteMessageBatch=answer)
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: len(worker.flow.leases) == 0, "the delete")
    assert worker.transport.deleted() == ["r-1", "newer", "newest"]
    assert leased == [1, 1, 1]
    assert worker.log.actions() == ["message_received_again"] * 2


def test_failed_deletes_go_on_where_one_raises_the_unexpected(monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda failure: failures.append(failure.exc_type.__name__))
    tries: dict[str, int] = {}

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        handle = parameters["Entries"][0]["ReceiptHandle"]
        tries[handle] = tries.get(handle, 0) + 1
        if tries[handle] == 1:
            return failing_entries("InternalError", *range(len(parameters["Entries"])))
        if handle == "r-0":
            raise ZeroDivisionError
        return {}

    worker = FakeWorker(DeleteMessageBatch=answer)
    messages = worker.flow.leases.hold([received(number) for number in range(2)])
    for message in messages:
        worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: worker.flow.leases.held() == messages[:1], "the other to be deleted")
    assert failures == ["ZeroDivisionError"]
    assert worker.flow.acknowledger.close(10)


def test_delete_is_given_up_in_the_end_and_the_message_left_to_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletes, "GIVE_UP_SECONDS", 0)
    worker = FakeWorker(DeleteMessageBatch=lambda _: refuse())
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: worker.log.actions() == ["delete_failed"], "the end")
    assert worker.log.events[0]["reason"] == "AccessDenied"
    assert len(worker.flow.leases) == 0


def test_nothing_is_deleted_again_from_a_queue_that_is_gone() -> None:
    worker = FakeWorker(DeleteMessageBatch=lambda _: refuse("AWS.SimpleQueueService.NonExistentQueue"))
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    assert worker.flow.acknowledger.close(10)
    assert worker.transport.deleted() == ["r-1"]
    assert worker.log.actions() == ["delete_failed"]


def test_delete_that_cannot_succeed_is_reported_and_not_repeated() -> None:
    worker = FakeWorker(DeleteMessageBatch=lambda _: failing_entries("ReceiptHandleIsInvalid", 0))
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    assert worker.flow.acknowledger.close(10)
    assert worker.transport.deleted() == ["r-1"]
    assert worker.log.events == [
        {
            "action": "delete_failed",
            "level": "ERROR",
            "message_id": "m-1",
            "receive_count": 1,
            "reason": "ReceiptHandleIsInvalid",
        }
    ]


def test_delete_is_not_tried_when_the_lease_has_run_out() -> None:
    def fail(_: dict[str, Any]) -> dict[str, Any]:
        message.lease_until = 0
        raise QueueError("ServiceUnavailable", "", retry=True)

    worker = FakeWorker(DeleteMessageBatch=fail)
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    assert worker.flow.acknowledger.close(10)
    assert worker.transport.deleted() == ["r-1"]
    assert worker.log.actions() == ["delete_failed"]


def test_returns_set_the_visibility_and_end_the_lease() -> None:
    worker = FakeWorker()
    first, second = worker.flow.leases.hold([received(1), received(2)])
    worker.flow.acknowledger.return_after(first, 7)
    worker.flow.acknowledger.return_now([second])
    assert worker.flow.acknowledger.close(10)
    assert sorted(worker.transport.changes()) == [("r-1", 7), ("r-2", 0)]
    assert len(worker.flow.leases) == 0


def test_close_tells_when_something_is_left() -> None:
    worker = FakeWorker(DeleteMessageBatch=lambda _: failing_entries("InternalError", 0))
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    assert not worker.flow.acknowledger.close(0.2)
    assert worker.log.actions() == ["delete_failed"]


def test_close_tries_at_once_what_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletes, "delay_seconds", lambda *_: 30)
    answers = itertools.chain([failing_entries("InternalError", 0)], itertools.repeat({}))
    worker = FakeWorker(DeleteMessageBatch=lambda _: next(answers))
    (message,) = worker.flow.leases.hold([received(1)])
    worker.flow.acknowledger.acknowledge(message)
    wait_until(lambda: worker.flow.acknowledger.backlog == 1 and worker.transport.deleted(), "the first try")
    assert worker.flow.acknowledger.close(10)
    assert worker.transport.deleted() == ["r-1", "r-1"]


def test_return_is_told_of_once_sqs_has_confirmed_it() -> None:
    """Of three, one is confirmed at once, one at the second try, and one never."""
    handles = iter([["r-0", "r-1", "r-2"], ["r-1", "r-2"]])

    def answer(parameters: dict[str, Any]) -> dict[str, Any]:
        assert [entry["ReceiptHandle"] for entry in parameters["Entries"]] == next(handles)
        return failing_entries("InternalError", *([1, 2] if len(parameters["Entries"]) == 3 else [1]))

    worker = FakeWorker(ChangeMessageVisibilityBatch=answer)
    messages = worker.flow.leases.hold([received(number) for number in range(3)])
    told: list[tuple[str, int]] = []

    worker.flow.acknowledger.return_now(messages, lambda held, seconds: told.append((held.receipt_handle, seconds)))

    assert not worker.flow.acknowledger.close(10)
    assert told == [("r-0", 0), ("r-1", 0)]
    assert [event["messages"] for event in worker.log.events if event["action"] == "return_failed"] == [1]
