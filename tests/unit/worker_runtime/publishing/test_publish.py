"""What a handler publishes: checked, in batches, again where it was not taken, in the trace, and recorded in tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from worker_runtime import Message, Outbox, PublishError, Reject, Retry, aws_clients, batch, publish, retry_policy
from worker_runtime.handler import Handler
from worker_runtime.message import current_message
from worker_runtime.publishing import sender
from worker_runtime.publishing.publish import recorded
from worker_runtime.testing import run_handler

TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders"
FIFO_TOPIC = f"{TOPIC}.fifo"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/111122223333/orders"
TARGETS = "a topic's ARN, a queue's URL, main for the service's own topic, or a name in its publishes_to"
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Client:
    """SNS or SQS: notes what it is asked, and fails entries as it is told, once for each number of a request."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.failures: list[list[dict[str, Any]]] = []

    def publish_batch(self, **parameters: Any) -> dict[str, Any]:
        self.calls.append(parameters)
        failed = self.failures.pop(0) if self.failures else []
        return {"Successful": [], **({"Failed": failed} if failed else {})}

    send_message_batch = publish_batch

    def bodies(self) -> list[list[str]]:
        return [
            [entry["Message"] if "Message" in entry else entry["MessageBody"] for entry in self.entries(call)]
            for call in self.calls
        ]

    @staticmethod
    def entries(call: dict[str, Any]) -> list[dict[str, Any]]:
        return call.get("PublishBatchRequestEntries") or call["Entries"]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(sender.time, "sleep", lambda _: None)
    made = Client()
    regions = {("sns", "eu-west-1"): made, ("sqs", "eu-central-1"): made}
    monkeypatch.setattr(aws_clients, "_clients", regions)
    return made


def failure(id_: int, *, sender_fault: bool = False) -> dict[str, Any]:
    return {"Id": str(id_), "Code": "InternalError", "Message": "try again", "SenderFault": sender_fault}


def test_bodies_go_in_batches_of_ten_as_text_or_json(client: Client) -> None:
    publish(TOPIC, *map(str, range(11)), {"order": 1}, attributes={"kind": "new", "count": 3, "raw": b"\0"})
    assert client.bodies() == [[str(number) for number in range(10)], ["10", '{"order":1}']]
    assert client.calls[0]["TopicArn"] == TOPIC
    assert client.entries(client.calls[1])[1] == {
        "Id": "1",
        "Message": '{"order":1}',
        "MessageAttributes": {
            "kind": {"DataType": "String", "StringValue": "new"},
            "count": {"DataType": "Number", "StringValue": "3"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\0"},
        },
    }


def test_a_batch_has_no_more_bytes_than_its_target_takes(client: Client) -> None:
    publish(TOPIC, *["x" * 100_000] * 5)
    publish(QUEUE, *["x" * 100_000] * 11)
    assert [len(bodies) for bodies in client.bodies()] == [2, 2, 1, 10, 1]


def test_to_a_queue_there_is_a_delay(client: Client) -> None:
    publish(QUEUE, "later", delay_seconds=60)
    assert client.calls == [
        {
            "QueueUrl": QUEUE,
            "Entries": [{"Id": "0", "MessageBody": "later", "MessageAttributes": {}, "DelaySeconds": 60}],
        }
    ]


def test_a_group_has_one_message_in_a_batch(client: Client) -> None:
    outbox = Outbox()
    for number, group in enumerate("abacb"):
        outbox.publish(FIFO_TOPIC, str(number), group=group)
    outbox.send()
    assert client.bodies() == [["0", "1"], ["2", "3", "4"]]


def test_what_was_not_taken_is_sent_again(client: Client) -> None:
    client.failures = [[failure(1), failure(2)], [failure(0)]]
    publish(TOPIC, "a", "b", "c")
    assert client.bodies() == [["a", "b", "c"], ["b", "c"], ["b"]]


def test_what_is_never_taken_is_told(client: Client) -> None:
    client.failures = [[failure(0)]] * 10
    with pytest.raises(PublishError) as refused:
        publish(TOPIC, "a")
    assert str(refused.value) == f"1 messages were not published to {TOPIC}: InternalError: try again"
    assert (refused.value.failed, len(client.calls)) == (1, 6)


def test_what_is_refused_is_not_sent_again(client: Client) -> None:
    client.failures = [[failure(0), failure(1, sender_fault=True)]]
    with pytest.raises(PublishError, match=r"^2 messages"):
        publish(TOPIC, "a", "b", "c")
    assert len(client.calls) == 1


def test_names_are_those_of_the_stack(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNS_TOPIC_ARN", TOPIC)
    monkeypatch.setenv("WORKER_TOPIC_FROM_SHOP", f"{TOPIC}-of-shop")
    publish("main", "a")
    publish("from-shop", "b")
    assert [call["TopicArn"] for call in client.calls] == [TOPIC, f"{TOPIC}-of-shop"]


@pytest.mark.parametrize(
    ("target", "options", "problems"),
    [
        (
            "nowhere",
            {"delay_seconds": 901, "attributes": {"a": "", "b": True}},
            [
                f"target: 'nowhere' is not {TARGETS}",
                "delay_seconds: 901 is not a whole number from 0 to 900",
                "attributes.a: '' is not text or bytes that are not empty, or a number",
                "attributes.b: True is not text or bytes that are not empty, or a number",
            ],
        ),
        (TOPIC, {"delay_seconds": 1}, ["delay_seconds: 1 is for queues that are not FIFO; topics know no delay"]),
        (
            TOPIC,
            {"deduplication_id": "x"},
            [
                "deduplication_id: 'x' is for FIFO topics and queues",
                "deduplication_id: 'x' would leave one of 2 bodies",
            ],
        ),
        (FIFO_TOPIC, {}, [f"group: required, {FIFO_TOPIC} is FIFO"]),
        (TOPIC, {"attributes": dict.fromkeys("abcdefghijk", 1)}, ["attributes: 11 are too many; 10 at most"]),
    ],
)
def test_every_problem_is_named_and_nothing_sent(
    client: Client, target: str, options: dict[str, Any], problems: list[str]
) -> None:
    with pytest.raises(ValueError, match=":") as refused:
        publish(target, "a", "b", **options)
    assert str(refused.value) == "; ".join(problems)
    assert client.calls == []


def test_a_message_that_its_target_does_not_take_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match=r"^body: 262,155 bytes with its attributes are above 262,144$"):
        publish(TOPIC, "a", "x" * 262_144, attributes={"kind": "y"})
    assert client.calls == []


def test_the_trace_of_the_message_goes_on(client: Client) -> None:
    def handle(_: Message) -> None:
        publish(TOPIC, "a")
        publish(TOPIC, "b", attributes={"traceparent": "own"})
        publish(QUEUE, "c", attributes={str(number): number for number in range(10)})

    (outcome,) = run_handler(handle, Message("x", attributes={"traceparent": PARENT}, trace_header="Root=1-2-3"))
    first, second, third = outcome.published
    assert first.attributes == {"traceparent": PARENT}
    assert second.attributes == {"traceparent": "own"}
    assert len(third.attributes) == 10
    assert (first.trace_header, third.trace_header) == (None, "Root=1-2-3")


def test_what_is_published_in_a_span_is_of_its_trace() -> None:
    tracer = TracerProvider().get_tracer("test")
    spans: list[Any] = []

    def handle(_: Message) -> None:
        with tracer.start_as_current_span("a step") as span:
            publish(TOPIC, "a")
            spans.append(span.get_span_context())

    (outcome,) = run_handler(handle, Message("x", attributes={"traceparent": PARENT}))
    _, trace_id, span_id, _ = str(outcome.published[0].attributes["traceparent"]).split("-")
    assert (int(trace_id, 16), int(span_id, 16)) == (spans[0].trace_id, spans[0].span_id)


def test_x_rays_header_goes_to_a_queue(client: Client) -> None:
    token = current_message.set(Message("x", trace_header="Root=1-2-3"))
    try:
        publish(QUEUE, "a")
    finally:
        current_message.reset(token)
    assert client.calls[0]["Entries"][0]["MessageSystemAttributes"] == {
        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}
    }


def test_a_handler_that_is_tried_again_publishes_under_the_same_id() -> None:
    def handle(message: Message) -> None:
        publish(FIFO_TOPIC, "a", "b", group="g")
        publish(FIFO_TOPIC, "c", group="g", deduplication_id="mine")

    def ids(message_id: str) -> list[str | None]:
        (outcome,) = run_handler(handle, Message("x", id=message_id))
        return [publication.deduplication_id for publication in outcome.published]

    first = ids("m-1")
    assert ids("m-1") == first
    assert first[2] == "mine"
    assert len({*first, *ids("m-2")}) == 5


def outcome_of(function: Callable[..., Any], *bodies: str) -> list[tuple[str, list[str]]]:
    return [(outcome.action, [each.body for each in outcome.published]) for outcome in run_handler(function, *bodies)]


@pytest.mark.parametrize("is_async", [False, True])
def test_each_call_of_a_test_has_its_own_record_and_message(is_async: bool) -> None:
    def handle(message: Message) -> None:
        publish(FIFO_TOPIC, message.body, group="g")
        thread = threading.Thread(target=publish, args=[TOPIC, f"{message.body} of a thread"])
        thread.start()
        thread.join()

    async def handle_later(message: Message) -> None:
        handle(message)

    first, second = run_handler(handle_later if is_async else handle, "a", "b")
    assert [each.body for each in first.published] == ["a", "a of a thread"]
    assert [each.body for each in second.published] == ["b", "b of a thread"]
    assert first.published[0].deduplication_id != second.published[0].deduplication_id


def test_tests_at_the_same_time_leave_no_record_behind(client: Client) -> None:
    began, go = threading.Event(), threading.Event()

    def wait(_: Message) -> None:
        began.set()
        go.wait(20)

    thread = threading.Thread(target=run_handler, args=[wait, "a"])
    with recorded() as outer:
        thread.start()
        began.wait(20)
        publish(TOPIC, "b")
    go.set()
    thread.join()
    publish(TOPIC, "c")
    assert [each.body for each in outer] == ["b"]
    assert client.bodies() == [["c"]]


def plain(message: Message, outbox: Outbox) -> None:
    outbox.publish(TOPIC, message.body)
    if message.body == "bad":
        raise RuntimeError("broken")


async def later(message: Message, outbox: Outbox) -> None:
    await asyncio.sleep(0)
    plain(message, outbox)


@pytest.mark.parametrize("function", [plain, later])
def test_an_outbox_is_published_only_if_the_handler_returns(function: Callable[..., Any]) -> None:
    assert outcome_of(function, "a", "bad", "b") == [
        ("acknowledged", ["a"]),
        ("retried", []),
        ("acknowledged", ["b"]),
    ]


def test_the_outbox_of_a_list_is_published_unless_all_of_it_failed() -> None:
    @batch(size=2)
    def handle(messages: list[Message], outbox: Outbox) -> dict[str, Exception]:
        outbox.publish(TOPIC, *(message.body for message in messages))
        return {message.id: Reject("bad") for message in messages if message.body == "bad"}

    assert outcome_of(handle, "a", "bad", "bad", "bad") == [
        ("acknowledged", ["a", "bad"]),
        ("rejected", ["a", "bad"]),
        ("rejected", []),
        ("rejected", []),
    ]


def test_an_outbox_that_is_not_taken_fails_the_message(client: Client) -> None:
    client.failures = [[failure(0, sender_fault=True)]]

    @retry_policy(retry_on={PublishError: 9})
    def handle(message: Message, outbox: Outbox) -> None:
        outbox.publish(TOPIC, message.body)

    with pytest.raises(Retry, match="were not published") as failed:
        Handler.of(handle).function(Message("x", id="m-1"))
    assert failed.value.delay_seconds == 9
