"""What a handler gets to see of what SQS delivered."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from worker_runtime import InvalidBody, Message, Reject
from worker_runtime.message import message_from_sqs

#: Read only after they were set.
_SET_LATER = {"_outbox", "_result", "_stored"}
TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"


def received(body: str, **more: Any) -> dict[str, Any]:
    return {
        "MessageId": "m-1",
        "ReceiptHandle": "r-1",
        "Body": body,
        "Attributes": {
            "ApproximateReceiveCount": "2",
            "SentTimestamp": "1700000000123",
            "ApproximateFirstReceiveTimestamp": "1700000001000",
        },
        **more,
    }


def notification(message: str, **changes: Any) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "sns-1",
        "TopicArn": TOPIC,
        "Message": message,
        "Timestamp": "2026-01-01T00:00:00.000Z",
        "SignatureVersion": "1",
        "Signature": "c2ln",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/key.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        **changes,
    }


def test_message_sent_to_the_queue() -> None:
    message = message_from_sqs(
        received(
            "text",
            MessageAttributes={
                "tenant": {"DataType": "String", "StringValue": "acme"},
                "size": {"DataType": "Number", "StringValue": "3"},
                "seal": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
            },
        )
    )
    assert message.body == "text"
    assert message.id == "m-1"
    assert message.attributes == {"tenant": "acme", "size": "3", "seal": b"\x00\xff"}
    assert message.receive_count == 2
    assert message.topic is None
    assert message.group is None
    assert message.sent_at == datetime(2023, 11, 14, 22, 13, 20, 123000, UTC)
    assert message.first_received_at == datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)


def test_message_from_sqs_is_as_one_that_was_made() -> None:
    attributes = {**received("")["Attributes"], "MessageGroupId": "g", "AWSTraceHeader": "Root=1"}
    made = Message(
        "text",
        id="m-1",
        receive_count=2,
        group="g",
        sent_at="1700000000123",
        first_received_at="1700000001000",
        trace_header="Root=1",
        queue="bulk",
    )
    came = message_from_sqs(received("text", Attributes=attributes), "bulk")
    missing = object()
    assert {name: getattr(came, name, missing) for name in Message.__slots__ if name not in _SET_LATER} == {
        name: getattr(made, name, missing) for name in Message.__slots__ if name not in _SET_LATER
    }


def test_message_through_a_topic_shows_what_was_published() -> None:
    document = notification(
        "published",
        MessageAttributes={
            "tenant": {"Type": "String", "Value": "acme"},
            "seal": {"Type": "Binary", "Value": base64.b64encode(b"\x00\xff").decode()},
        },
    )
    message = message_from_sqs(received(json.dumps(document)))
    assert message.body == "published"
    assert message.attributes == {"tenant": "acme", "seal": b"\x00\xff"}
    assert message.topic == TOPIC
    assert message.id == "m-1"


#: As SNS writes it: no signature, and a number.
FIFO_NOTIFICATION = {
    "Type": "Notification",
    "MessageId": "7f",
    "SequenceNumber": "10000000000000003000",
    "TopicArn": "arn:aws:sns:eu-west-1:123456789012:orders.fifo",
    "Message": '{"order_id": "o-7"}',
    "Timestamp": "2026-03-04T05:06:07.890Z",
    "UnsubscribeURL": "https://sns",
    "MessageAttributes": {"tenant": {"Type": "String", "Value": "t-1"}},
}


def test_message_through_a_fifo_topic_shows_what_was_published() -> None:
    message = message_from_sqs(received(json.dumps(FIFO_NOTIFICATION)))
    assert message.body == '{"order_id": "o-7"}'
    assert message.topic == "arn:aws:sns:eu-west-1:123456789012:orders.fifo"
    assert message.attributes == {"tenant": "t-1"}
    assert message.subject is None


@pytest.mark.parametrize(
    ("subject", "expected"), [({}, None), ({"Subject": "An order"}, "An order"), ({"Subject": None}, None)]
)
def test_subject_of_a_notification(subject: dict[str, Any], expected: str | None) -> None:
    for document in (notification("x", **subject), FIFO_NOTIFICATION | subject):
        assert message_from_sqs(received(json.dumps(document))).subject == expected


def test_message_that_was_sent_to_the_queue_has_no_subject() -> None:
    assert message_from_sqs(received('{"Subject": "mine"}')).subject is None


def without(key: str) -> dict[str, Any]:
    document = notification("x")
    del document[key]
    return document


@pytest.mark.parametrize(
    "document",
    [
        {"Message": "mine", "TopicArn": TOPIC},
        {"Type": "Notification", "MessageId": "1", "TopicArn": TOPIC, "Message": "mine"},
        notification("x", Type="SubscriptionConfirmation"),
        notification("x", TopicArn="not an ARN"),
        notification("x", Message={"not": "text"}),
        without("Signature"),
        without("UnsubscribeURL"),
        {**without("Signature"), "SequenceNumber": "10000000000000003000"},
        {key: value for key, value in FIFO_NOTIFICATION.items() if key != "SequenceNumber"},
        FIFO_NOTIFICATION | {"SequenceNumber": 7},
        FIFO_NOTIFICATION | {"TopicArn": TOPIC},
        [notification("x")],
        {"detail": notification("x")},
    ],
)
def test_json_that_only_resembles_a_notification_is_left_alone(document: Any) -> None:
    body = json.dumps(document)
    message = message_from_sqs(received(body))
    assert message.body == body
    assert message.topic is None


@pytest.mark.parametrize("body", ["", '{"TopicArn" broken', "\x00 \U0001f600", '"TopicArn"'])
def test_any_text_is_a_body(body: str) -> None:
    assert message_from_sqs(received(body)).body == body


@pytest.mark.parametrize("body", ['{"a": 1}', ' {"a": 1}', '\n{"a": 1}\t ', '{"a": 1}\r\n'])
def test_space_around_json_does_not_matter(body: str) -> None:
    assert Message(body).json() == {"a": 1}


@pytest.mark.parametrize("body", ["", " ", '{"a": 1} x', '{"a": 1}{', "1 2", "\ufeff1", "[1,]", "nul"])
def test_what_is_not_one_json_document_rejects_the_message(body: str) -> None:
    with pytest.raises(InvalidBody, match="the body is not JSON"):
        Message(body).json()


def test_json() -> None:
    assert Message('{"a": [1]}').json() == {"a": [1]}


def test_broken_json_rejects_the_message() -> None:
    with pytest.raises(InvalidBody, match="the body is not JSON: Expecting value: line 1 column 1") as caught:
        Message("no").json()
    assert isinstance(caught.value, Reject)


@pytest.mark.parametrize("body", ["NaN", "Infinity", '{"price": -Infinity}', "[1, NaN]"])
def test_numbers_that_json_does_not_have_reject_the_message(body: str) -> None:
    with pytest.raises(InvalidBody, match=r"the body is not JSON: -?(NaN|Infinity) is no JSON"):
        Message(body).json()


def test_deadline_is_only_ever_brought_forward() -> None:
    message = Message("x")
    assert message.remaining_seconds == float("inf")
    assert message.deadline is None
    message.must_end_by(2_000_000_000)
    later = message.remaining_seconds
    message.must_end_by(1_000_000_000)
    assert message.remaining_seconds < later - 900_000_000
    message.must_end_by(3_000_000_000)
    assert message.remaining_seconds < later - 900_000_000


def test_body_that_is_nested_beyond_reason_is_a_body_like_any_other() -> None:
    message = message_from_sqs(received('{"TopicArn":' + "[" * 200_000))
    assert message.topic is None
    with pytest.raises(InvalidBody):
        message.json()


def test_binary_attribute_that_is_not_base64_is_given_as_it_came() -> None:
    attributes = {"photo": {"Type": "Binary", "Value": "\u00e9"}}
    body = json.dumps(notification("body", MessageAttributes=attributes))
    assert message_from_sqs(received(body)).attributes == {"photo": "\u00e9"}
