"""What becomes of a message: acknowledged, tried again, or in the dead-letter queue with its reason."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.fake_sqs import DEAD_URL, URL, EventList, FakeTransport, held, received
from tests.support.worker_queue import wait_until
from worker_runtime import Reject, Retry
from worker_runtime.errors import QueueError
from worker_runtime.handler import Handler
from worker_runtime.health import Health
from worker_runtime.in_flight.held import Held
from worker_runtime.process.message_flow import Parts, put_together
from worker_runtime.sqs.queue import Queue, QueueAttributes
from worker_runtime.settings import Settings


class Bench:
    """The parts of a worker on a fake transport; nothing is received and no handler runs."""

    def __init__(self, *, dead_letter_url: str | None = DEAD_URL, fifo: bool = False, **answers: Any) -> None:
        self.transport = FakeTransport(**answers)
        self.log = EventList()
        url = URL + (".fifo" if fifo else "")
        settings = Settings(
            queue_name="orders",
            queue_uri=url,
            queue_region="eu-west-1",
            handler="a.b",
            backoff_base_seconds=0,
        )
        attributes = QueueAttributes(60, dead_letter_url, 3 if dead_letter_url else None)
        self.parts: Parts = put_together(
            settings,
            Handler.of(lambda _: None),
            Queue(url, self.transport),
            attributes,
            Health(),
            self.log,
        )

    def hold(self, *entries: dict[str, Any]) -> list[Held]:
        messages = self.parts.leases.hold(entries)
        self.parts.run_queue.put(messages)
        return messages

    def settle(self, message: Held, error: BaseException | None) -> None:
        self.parts.settler.settle(message, error, 0.25)
        self.parts.acknowledger.close(10)

    @property
    def sent(self) -> list[dict[str, Any]]:
        return self.transport.parameters("SendMessage")


@pytest.fixture(autouse=True)
def no_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.threads.ThreadRunner.wake", lambda _: None)


def seconds_since(text: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()


def refuse(_: dict[str, Any]) -> dict[str, Any]:
    raise QueueError("AccessDenied", "no", retry=False)


def test_success_deletes_the_message_and_logs_one_line() -> None:
    bench = Bench()
    (message,) = bench.hold(received(1, receive_count=2))
    bench.settle(message, None)
    assert bench.transport.deleted() == ["r-1"]
    assert bench.log.events == [
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
    bench = Bench()
    (message,) = bench.hold(received(1))
    bench.settle(message, error)
    assert bench.transport.changes() == [("r-1", delay)]
    assert bench.transport.deleted() == []
    (event,) = bench.log.events
    assert event["action"] == action
    assert event["error_type"] == type(error).__name__
    assert event["delay_seconds"] == delay


def test_retry_never_asks_for_more_than_the_twelve_hours_of_sqs() -> None:
    bench = Bench()
    (message,) = bench.hold(received(1))
    message.received_at -= 1_000
    bench.settle(message, Retry(43_200))
    ((_, seconds),) = bench.transport.changes()
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
    bench = Bench()
    attributes = {"tenant": {"DataType": "String.id", "StringValue": "acme", "StringListValues": []}}
    (message,) = bench.hold(received(1, receive_count=receive_count, MessageAttributes=attributes))
    bench.settle(message, error)
    (sent,) = bench.sent
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
    assert bench.transport.deleted() == ["r-1"]
    assert bench.log.actions() == [action]


def test_copy_keeps_group_and_trace_and_gets_a_deduplication_id_of_its_own() -> None:
    bench = Bench(fifo=True)
    entry = received(1, group="g")
    entry["Attributes"]["AWSTraceHeader"] = "Root=1-5759e988-bd862e3fe1be46a994272793"
    (message,) = bench.hold(entry)
    bench.settle(message, Reject("no"))
    (sent,) = bench.sent
    assert sent["MessageGroupId"] == "g"
    assert sent["MessageDeduplicationId"] not in ("", "m-1")
    assert sent["MessageSystemAttributes"] == {
        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}
    }


def test_reason_of_an_earlier_time_is_replaced() -> None:
    bench = Bench()
    old = {"worker.error_type": {"DataType": "String", "StringValue": "Old"}}
    (message,) = bench.hold(received(1, MessageAttributes=old))
    bench.settle(message, Reject("no"))
    assert bench.sent[0]["MessageAttributes"]["worker.error_type"]["StringValue"] == "Reject"


@pytest.mark.parametrize(("originals", "added"), [(4, 6), (5, 1), (9, 1), (10, 0)])
def test_ten_attributes_are_the_most(originals: int, added: int) -> None:
    bench = Bench()
    attributes = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(originals)}
    (message,) = bench.hold(received(1, MessageAttributes=attributes))
    bench.settle(message, Reject("no"))
    sent = bench.sent[0]["MessageAttributes"]
    assert {name for name in sent if name.startswith("a")} == set(attributes)
    assert len(sent) == originals + added
    if added == 1:
        reason = json.loads(sent["worker.error"]["StringValue"])
        assert (reason["error_type"], reason["error_message"]) == ("Reject", "no")


def test_message_of_the_largest_size_is_sent_without_its_reason() -> None:
    bench = Bench()
    (message,) = bench.hold(received(1, Body="x" * 1_048_576))
    bench.settle(message, Reject("no"))
    assert bench.sent[0]["MessageAttributes"] == {}


def test_reason_holds_nothing_that_sqs_refuses() -> None:
    bench = Bench()
    (message,) = bench.hold(received(1))
    bench.settle(message, Reject("a\x00b\ud800c" + "d" * 5_000))
    assert bench.sent[0]["MessageAttributes"]["worker.error_message"]["StringValue"] == "abc" + "d" * 1_021


def test_first_failure_is_the_first_that_this_worker_saw() -> None:
    bench = Bench()
    (message,) = bench.hold(received(1))
    before = datetime.now(UTC).replace(microsecond=0)
    bench.settle(message, ValueError("x"))
    time.sleep(0.05)
    (again,) = bench.hold(received(1, receive_count=3))
    failed_at = datetime.now(UTC)
    bench.settle(again, ValueError("x"))
    told = datetime.fromisoformat(bench.sent[0]["MessageAttributes"]["worker.first_failed_at"]["StringValue"])
    assert before <= told < failed_at - timedelta(seconds=0.04)


def test_error_that_has_no_text_is_told_by_its_name() -> None:
    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    bench = Bench()
    (message,) = bench.hold(received(1, receive_count=3))
    bench.settle(message, SilentError())
    assert bench.log.actions() == ["message_dead_lettered"]
    assert bench.log.events[0]["error"] == "SilentError"


def test_message_stays_where_it_cannot_be_dead_lettered() -> None:
    bench = Bench(SendMessage=refuse)
    (message,) = bench.hold(received(1, receive_count=3))
    bench.settle(message, Reject("no"))
    assert bench.transport.deleted() == []
    assert bench.transport.changes() == [("r-1", 0)]
    assert bench.log.actions() == ["dead_letter_failed", "message_failed"]


def test_message_stays_where_there_is_no_dead_letter_queue() -> None:
    bench = Bench(dead_letter_url=None)
    (message,) = bench.hold(received(1, receive_count=99))
    bench.settle(message, Reject("no"))
    assert (bench.sent, bench.transport.deleted()) == ([], [])
    assert bench.transport.changes() == [("r-1", 0)]


def test_lapsed_lease_decides_nothing() -> None:
    bench = Bench()
    (message,) = bench.hold(received(1))
    message.lease_until = 0
    bench.settle(message, None)
    assert (bench.transport.deleted(), bench.transport.changes()) == ([], [])
    assert message.message.cancelled
    assert bench.log.actions() == ["lease_lost", "handler_finished_late"]


def test_message_is_settled_once() -> None:
    bench = Bench()
    (message,) = bench.hold(received(1))
    bench.parts.settler.settle(message, ValueError("timeout"), 1)
    bench.settle(message, None)
    assert bench.transport.deleted() == []
    assert bench.log.actions() == ["message_failed", "handler_finished_late"]


def test_failed_head_of_a_group_is_tried_again_here_and_before_what_follows() -> None:
    bench = Bench(fifo=True)
    first, second, other = bench.hold(received(1, group="a"), received(2, group="a"), received(3, group="b"))
    assert bench.parts.run_queue.take(10) == [first, other]
    bench.settle(first, Retry(0))
    (again,) = wait_until(lambda: bench.parts.run_queue.take(10), "the next try")
    assert (again.message.id, again.message.receive_count) == ("m-1", 2)
    bench.settle(again, None)
    assert bench.parts.run_queue.take(10) == [second]
    assert bench.transport.changes() == []
    assert bench.log.actions() == ["message_retried", "message_processed"]


def test_last_permitted_try_counts_the_tries_made_here() -> None:
    bench = Bench(fifo=True)
    (message,) = bench.hold(received(1, group="a", receive_count=2))
    bench.parts.run_queue.take()
    bench.settle(message, ValueError("x"))
    (again,) = wait_until(bench.parts.run_queue.take, "the next try")
    bench.settle(again, ValueError("x"))
    assert bench.sent[0]["MessageAttributes"]["worker.receive_count"]["StringValue"] == "3"
    assert bench.log.actions() == ["message_failed", "message_dead_lettered"]


def test_worker_that_stops_hands_back_the_head_for_the_rest_of_its_delay() -> None:
    bench = Bench(fifo=True)
    first, second = bench.hold(received(1, group="a"), received(2, group="a"))
    bench.parts.run_queue.take()
    bench.parts.settler.settle(first, Retry(40), 0.25)
    bench.parts.settler.hand_back_waiting()
    bench.parts.settler.hand_back(bench.parts.run_queue.clear())
    bench.parts.acknowledger.close(10)
    assert sorted(bench.transport.changes()) == [("r-1", 40), ("r-2", 0)]
    assert bench.log.actions() == ["message_retried", "message_returned", "message_returned"]
    assert bench.parts.leases.held() == []
    assert second.claimed


def test_group_that_is_too_long_to_wait_here_is_handed_back() -> None:
    bench = Bench(fifo=True)
    first, *rest = bench.hold(*(received(number, group="a") for number in range(101)), received(101, group="b"))
    bench.parts.run_queue.take(2)
    bench.settle(first, Retry(9))
    changes = bench.transport.changes()
    assert ("r-0", 9) in changes
    assert [change for change in changes if change[0] != "r-0"] == [(f"r-{number}", 0) for number in range(1, 101)]
    assert bench.parts.leases.held() == rest[-1:]


def test_message_whose_lease_is_lost_while_it_waits_is_not_tried_again() -> None:
    bench = Bench(fifo=True)
    first, second = bench.hold(received(1, group="a"), received(2, group="a"))
    bench.parts.run_queue.take()
    bench.settle(first, Retry(0))
    (again,) = wait_until(bench.parts.run_queue.take, "the next try")
    again.lease_until = 0
    assert bench.parts.settler.startable([again]) == []
    assert bench.transport.changes() == [("r-2", 0)]
    assert second.claimed


def test_rejected_message_lets_its_group_go_on() -> None:
    bench = Bench(fifo=True)
    first, second = bench.hold(received(1, group="a"), received(2, group="a"))
    bench.parts.run_queue.take(1)
    bench.settle(first, Reject("no"))
    assert bench.parts.run_queue.take(1) == [second]


def test_abandoned_message_goes_back_at_once_and_its_handler_is_told() -> None:
    bench = Bench()
    (message,) = bench.hold(received(1))
    bench.parts.settler.abandon(message)
    wait_until(bench.transport.changes, "the return")
    assert bench.transport.changes() == [("r-1", 0)]
    assert message.message.cancelled
    bench.settle(message, None)
    assert bench.transport.deleted() == []


def test_trace_of_the_sender_is_logged() -> None:
    bench = Bench()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    attributes = {"traceparent": {"DataType": "String", "StringValue": parent}}
    (message,) = bench.hold(received(1, MessageAttributes=attributes))
    bench.settle(message, None)
    assert bench.log.events[0]["trace_id"] == "0af7651916cd43dd8448eb211c80319c"


def test_held_message_is_claimed_once() -> None:
    message = held(1)
    assert [message.claim(), message.claim()] == [True, False]
