"""What becomes of a message: acknowledged, tried again, or in the dead-letter queue with its reason."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.fake_sqs import DEAD_URL, held, received
from tests.support.settling import sent_by, settle, settling
from tests.support.worker_queue import wait_until
from worker_runtime import Reject, Retry
from worker_runtime.errors import QueueError


def seconds_since(text: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()


def refuse(_: dict[str, Any]) -> dict[str, Any]:
    raise QueueError("AccessDenied", "no", retry=False)


def test_nothing_starts_where_sqs_lets_nothing_be_held() -> None:
    worker = settling(fifo=True)
    messages = worker.put(received(1, group="x"), received(2, group="x"))
    worker.flow.leases.rights.note_failure(QueueError("AccessDenied", "", retry=False))
    assert worker.flow.settler.startable(worker.flow.run_queue.take(10)) == []
    worker.flow.acknowledger.close(10)
    assert worker.log.actions() == ["message_returned"] * len(messages)
    assert len(worker.flow.leases) == 0


def test_success_deletes_the_message_and_logs_one_line() -> None:
    worker = settling()
    (message,) = worker.put(received(1, receive_count=2))
    settle(worker, message, None)
    assert worker.transport.deleted() == ["r-1"]
    assert worker.log.events == [
        {
            "action": "message_processed",
            "level": "INFO",
            "message_id": "m-1",
            "topic": None,
            "receive_count": 2,
            "duration_seconds": 0.25,
        }
    ]


@pytest.mark.parametrize(
    ("error", "action", "delay"),
    [
        (ValueError("x"), "message_failed", 0),
        (Retry(), "message_retried", 0),
        (Retry(42), "message_retried", 42),
        (KeyboardInterrupt(), "message_failed", 0),
    ],
)
def test_failure_makes_the_message_visible_again(error: BaseException, action: str, delay: int) -> None:
    worker = settling()
    (message,) = worker.put(received(1))
    settle(worker, message, error)
    assert worker.transport.changes() == [("r-1", delay)]
    assert worker.transport.deleted() == []
    (event,) = worker.log.events
    assert event["action"] == action
    assert event["error_type"] == type(error).__name__
    assert event["delay_seconds"] == delay


def test_retry_never_asks_for_more_than_the_twelve_hours_of_sqs() -> None:
    worker = settling()
    (message,) = worker.put(received(1))
    message.received_at -= 1_000
    settle(worker, message, Retry(43_200))
    ((_, seconds),) = worker.transport.changes()
    assert seconds == 43_200 - 1_001


@pytest.mark.parametrize(
    ("error", "receive_count", "action"),
    [
        (Reject("no customer"), 1, "message_rejected"),
        (Reject("no customer"), 3, "message_rejected"),
        (ValueError("no customer"), 3, "message_dead_lettered"),
        (Retry(5, "no customer"), 3, "message_dead_lettered"),
    ],
)
def test_reject_and_last_failure_go_to_the_dead_letter_queue(
    error: BaseException, receive_count: int, action: str
) -> None:
    worker = settling()
    attributes = {"tenant": {"DataType": "String.id", "StringValue": "acme", "StringListValues": []}}
    (message,) = worker.put(received(1, receive_count=receive_count, MessageAttributes=attributes))
    settle(worker, message, error)
    (sent,) = sent_by(worker)
    assert sent["QueueUrl"] == DEAD_URL
    assert sent["MessageBody"] == "body-1"
    assert sent["MessageAttributes"].pop("worker.task")["StringValue"]
    assert seconds_since(sent["MessageAttributes"].pop("worker.first_failed_at")["StringValue"]) < 60
    assert sent["MessageAttributes"] == {
        "tenant": {"DataType": "String.id", "StringValue": "acme"},
        "worker.error_type": {"DataType": "String", "StringValue": type(error).__name__},
        "worker.error_message": {"DataType": "String", "StringValue": "no customer"},
        "worker.receive_count": {"DataType": "String", "StringValue": str(receive_count)},
        "worker.first_received_at": {"DataType": "String", "StringValue": "2023-11-14T22:13:21.000+00:00"},
    }
    assert worker.transport.deleted() == ["r-1"]
    assert worker.log.actions() == [action]


def test_copy_keeps_group_and_trace_and_gets_a_deduplication_id_of_its_own() -> None:
    worker = settling(fifo=True)
    entry = received(1, group="g")
    entry["Attributes"]["AWSTraceHeader"] = "Root=1-5759e988-bd862e3fe1be46a994272793"
    (message,) = worker.put(entry)
    settle(worker, message, Reject("no"))
    (sent,) = sent_by(worker)
    assert sent["MessageGroupId"] == "g"
    assert sent["MessageDeduplicationId"] not in ("", "m-1")
    assert sent["MessageSystemAttributes"] == {
        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}
    }


def test_reason_of_an_earlier_time_is_replaced() -> None:
    worker = settling()
    old = {"worker.error_type": {"DataType": "String", "StringValue": "Old"}}
    (message,) = worker.put(received(1, MessageAttributes=old))
    settle(worker, message, Reject("no"))
    assert sent_by(worker)[0]["MessageAttributes"]["worker.error_type"]["StringValue"] == "Reject"


@pytest.mark.parametrize(("originals", "added"), [(4, 6), (5, 1), (9, 1), (10, 0)])
def test_ten_attributes_are_the_most(originals: int, added: int) -> None:
    worker = settling()
    attributes = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(originals)}
    (message,) = worker.put(received(1, MessageAttributes=attributes))
    settle(worker, message, Reject("no"))
    sent = sent_by(worker)[0]["MessageAttributes"]
    assert {name for name in sent if name.startswith("a")} == set(attributes)
    assert len(sent) == originals + added
    if added == 1:
        reason = json.loads(sent["worker.error"]["StringValue"])
        assert (reason["error_type"], reason["error_message"]) == ("Reject", "no")


def test_message_of_the_largest_size_is_sent_without_its_reason() -> None:
    worker = settling()
    (message,) = worker.put(received(1, Body="x" * 1_048_576))
    settle(worker, message, Reject("no"))
    assert sent_by(worker)[0]["MessageAttributes"] == {}


def test_reason_holds_nothing_that_sqs_refuses() -> None:
    worker = settling()
    (message,) = worker.put(received(1))
    settle(worker, message, Reject("a\x00b\ud800c" + "d" * 5_000))
    assert sent_by(worker)[0]["MessageAttributes"]["worker.error_message"]["StringValue"] == "abc" + "d" * 1_021


def test_first_failure_is_the_first_that_this_worker_saw() -> None:
    worker = settling()
    (message,) = worker.put(received(1))
    before = datetime.now(UTC).replace(microsecond=0)
    settle(worker, message, ValueError("x"))
    time.sleep(0.05)
    (again,) = worker.put(received(1, receive_count=3))
    failed_at = datetime.now(UTC)
    settle(worker, again, ValueError("x"))
    told = datetime.fromisoformat(sent_by(worker)[0]["MessageAttributes"]["worker.first_failed_at"]["StringValue"])
    assert before <= told < failed_at - timedelta(seconds=0.04)


@pytest.mark.parametrize("raised", [RuntimeError("no text"), SystemExit(0), KeyboardInterrupt(), GeneratorExit()])
def test_error_that_has_no_text_is_told_by_its_name(raised: BaseException) -> None:
    class SilentError(Exception):
        def __str__(self) -> str:
            raise raised

    worker = settling()
    (message,) = worker.put(received(1, receive_count=3))
    settle(worker, message, SilentError())
    assert worker.log.actions() == ["message_dead_lettered"]
    assert worker.log.events[0]["error"] == "SilentError"


@pytest.mark.parametrize("delay", ["soon", SystemExit(0)])
def test_error_that_cannot_be_judged_costs_neither_the_message_nor_its_place(delay: Any) -> None:
    class OddRetry(Retry):
        @property
        def delay_seconds(self) -> Any:
            if isinstance(delay, BaseException):
                raise delay
            return delay

        @delay_seconds.setter
        def delay_seconds(self, _: Any) -> None:
            pass

    worker = settling()
    worker.flow.settler.capacity.take(1)
    (message,) = worker.put(received(1))
    settle(worker, message, OddRetry())
    assert worker.log.actions() == ["settle_failed"]
    assert worker.transport.changes() == [("r-1", 0)]
    assert worker.flow.leases.held() == []
    assert worker.flow.settler.capacity.used == 0


def test_fault_of_our_own_does_not_take_back_a_message_that_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = settling()
    worker.flow.settler.capacity.take(1)
    (message,) = worker.put(received(1))
    monkeypatch.setattr(worker.flow.metrics, "count_handlers", refuse)
    settle(worker, message, None)
    assert worker.transport.deleted() == ["r-1"]
    assert worker.transport.changes() == []
    assert worker.log.actions() == ["settle_failed"]
    assert worker.flow.settler.capacity.used == 0


def test_message_stays_where_it_cannot_be_dead_lettered() -> None:
    worker = settling(SendMessage=refuse)
    (message,) = worker.put(received(1, receive_count=3))
    settle(worker, message, Reject("no"))
    assert worker.transport.deleted() == []
    assert worker.transport.changes() == [("r-1", 0)]
    assert worker.log.actions() == ["dead_letter_failed", "message_failed"]


def test_message_stays_where_there_is_no_dead_letter_queue() -> None:
    worker = settling(dead_letter_url=None)
    (message,) = worker.put(received(1, receive_count=99))
    settle(worker, message, Reject("no"))
    assert (sent_by(worker), worker.transport.deleted()) == ([], [])
    assert worker.transport.changes() == [("r-1", 0)]


def test_lapsed_lease_decides_nothing() -> None:
    worker = settling()
    (message,) = worker.put(received(1))
    message.lease_until = 0
    settle(worker, message, None)
    assert (worker.transport.deleted(), worker.transport.changes()) == ([], [])
    assert message.message.cancelled
    assert worker.log.actions() == ["lease_lost", "handler_finished_late"]


def test_message_is_settled_once() -> None:
    worker = settling()
    (message,) = worker.put(received(1))
    worker.flow.settler.settle(message, ValueError("timeout"), 1)
    settle(worker, message, None)
    assert worker.transport.deleted() == []
    assert worker.log.actions() == ["message_failed", "handler_finished_late"]


def test_abandoned_message_goes_back_at_once_and_its_handler_is_told() -> None:
    worker = settling()
    (message,) = worker.put(received(1))
    worker.flow.run_queue.clear()
    assert worker.flow.settler.abandon_held() == 1
    wait_until(worker.transport.changes, "the return")
    assert worker.transport.changes() == [("r-1", 0)]
    assert message.message.cancelled
    settle(worker, message, None)
    assert worker.transport.deleted() == []


def test_trace_of_the_sender_is_logged() -> None:
    worker = settling()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    attributes = {"traceparent": {"DataType": "String", "StringValue": parent}}
    (message,) = worker.put(received(1, MessageAttributes=attributes))
    settle(worker, message, None)
    assert worker.log.events[0]["trace_id"] == "0af7651916cd43dd8448eb211c80319c"


def test_held_message_is_claimed_once() -> None:
    message = held(1)
    assert [message.claim(), message.claim()] == [True, False]
