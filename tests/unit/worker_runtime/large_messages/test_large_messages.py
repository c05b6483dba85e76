"""Bodies that lie in S3: read when a handler asks, deleted when it has handled them, put there by `publish`."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.support.worker_queue import wait_until
from worker_runtime import InvalidBody, Message, Reject, aws_clients, batch, publish
from worker_runtime.errors import SettingsError
from worker_runtime.handler import Handler
from worker_runtime.handling.large_bodies import large_bodies
from worker_runtime.large_messages import deletions
from worker_runtime.large_messages.deletions import Deletions
from worker_runtime.large_messages.setting import LargeMessages, read_large_messages
from worker_runtime.large_messages.stored_body import StoredBody, delete_all, pointed_at, prove_readable
from worker_runtime.message import message_from_sqs
from worker_runtime.publishing.publish import keep_large_bodies, recorded

BUCKET = "orders-large-messages-1a2b3c4"
OLD = f'["com.amazon.sqs.javamessaging.MessageS3Pointer",{{"s3BucketName":"{BUCKET}","s3Key":"k"}}]'
SETTING = LargeMessages(BUCKET)


@dataclass
class Order:
    order_id: str


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "QUEUE_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(aws_clients, "_clients", {})
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


def large(s3: Any, body: bytes, key: str = "k") -> Message:
    """A message whose body is in the bucket."""
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    attributes = {"ExtendedPayloadSize": str(len(body)), "kind": "new"}
    return Message(StoredBody(BUCKET, key).pointer, id=key, attributes=attributes)


def handled(function: Callable[..., Any], message: Message | list[Message], setting: LargeMessages = SETTING) -> Any:
    handler = Handler.of(function).within(large_bodies(setting))
    result = handler.function(message)
    return asyncio.run(result) if handler.is_async else result


def keys(s3: Any) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_handler_reads_a_large_body_as_any_other(s3: Any, is_async: bool) -> None:
    seen: list[Any] = []

    def handle(order: Order, message: Message) -> None:
        seen.append((order, message.body, message.json(), dict(message.attributes)))

    async def handle_later(order: Order, message: Message) -> None:
        handle(order, message)

    handled(handle_later if is_async else handle, large(s3, b'{"order_id": "o-1"}'))
    assert seen == [(Order("o-1"), '{"order_id": "o-1"}', {"order_id": "o-1"}, {"kind": "new"})]


def test_a_body_is_streamed_where_the_handler_asks_for_that(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StoredBody, "read", lambda _: pytest.fail("read as a whole"))
    seen: list[bytes] = []

    def handle(message: Message) -> None:
        with message.open() as stream:
            seen.append(stream.read(3))
            seen.extend(stream)

    handled(handle, large(s3, b"a\nb\nc\n" + b"x" * 200_000))
    assert seen == [b"a\nb", b"\n", b"c\n", b"x" * 200_000]


def test_a_body_like_any_other_can_be_opened_too() -> None:
    with Message("tea €").open() as stream:
        assert stream.read() == "tea €".encode()


def test_an_object_is_deleted_once_its_message_is_handled(s3: Any) -> None:
    def handle(message: Message) -> None:
        if message.body == "bad":
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        handled(handle, large(s3, b"bad", "failed"))
    cancelled = large(s3, b"x", "cancelled")
    cancelled.cancelled = True
    handled(handle, cancelled)
    handled(handle, large(s3, b"x", "kept"), LargeMessages(BUCKET, delete=False))
    handled(handle, large(s3, b"x", "done"))
    wait_until(lambda: keys(s3) == ["cancelled", "failed", "kept"], "the deletion")


def test_what_waits_to_be_deleted_goes_in_one_call(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One by one, a busy worker would never be done with them."""
    first_may_end, calls = threading.Event(), []

    def delete(bodies: list[StoredBody]) -> Counter[str]:
        calls.append(len(bodies))
        if len(calls) == 1:
            first_may_end.wait(30)
        return delete_all(bodies)

    monkeypatch.setattr(deletions, "delete_all", delete)
    waiting = Deletions()
    for number in range(1_502):
        waiting.add(StoredBody(BUCKET, f"k-{number}"))
        if number == 0:
            wait_until(lambda: calls == [1], "the first call")
    large(s3, b"x", "k-1501")
    first_may_end.set()
    wait_until(lambda: not keys(s3), "the deletion")
    assert calls == [1, 1_000, 501]


def test_what_cannot_be_deleted_is_told(s3: Any, caplog: pytest.LogCaptureFixture) -> None:
    waiting = Deletions()
    s3.delete_bucket(Bucket=BUCKET)
    waiting.add(StoredBody(BUCKET, "k"))
    wait_until(lambda: caplog.records, "the warning")
    assert caplog.records[0].getMessage() == "1 large bodies were not deleted"
    s3.create_bucket(Bucket=BUCKET)
    large(s3, b"x", "later")
    waiting.add(StoredBody(BUCKET, "later"))
    wait_until(lambda: not keys(s3), "the deletion")


def test_why_some_were_not_deleted_is_told_with_their_number(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = aws_clients.aws_client("s3")
    refused = [{"Key": key, "Code": "AccessDenied", "Message": "no"} for key in "ab"]
    monkeypatch.setattr(client, "delete_objects", lambda **_: {"Errors": refused})
    assert delete_all([StoredBody(BUCKET, key) for key in "abc"]) == {"AccessDenied: no": 2}


def test_a_list_may_have_both_kinds(s3: Any) -> None:
    bodies: list[str] = []

    @batch(size=4)
    def handle(messages: list[Message]) -> dict[str, Exception]:
        bodies.extend(message.body for message in messages)
        return {message.id: Reject("no") for message in messages if message.body == "bad"}

    stranger = Message(StoredBody("strangers", "k").pointer, id="stranger")
    given = [large(s3, b"good", "good"), large(s3, b"bad", "bad"), stranger, Message("plain", id="plain")]
    failed = handled(handle, given)
    assert bodies == ["good", "bad", "plain"]
    assert {id_: str(error) for id_, error in failed.items()} == {
        "bad": "no",
        "stranger": f"the body lies in the bucket strangers, and not in {BUCKET}",
    }
    wait_until(lambda: keys(s3) == ["bad"], "the deletion")


@pytest.mark.parametrize("read", [lambda message: message.body, lambda message: message.open()])
def test_a_missing_object_rejects_the_message(s3: Any, read: Callable[[Message], Any]) -> None:
    message = large(s3, b"x")
    s3.delete_object(Bucket=BUCKET, Key="k")
    with pytest.raises(Reject, match=f"^the body s3://{BUCKET}/k is gone$"):
        handled(read, message)


def test_a_bucket_that_cannot_work_is_told_before_the_first_receive(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    prove_readable(BUCKET)
    with pytest.raises(SettingsError, match=r"^WORKER_LARGE_MESSAGES.bucket: 'missing' cannot be read: .*NoSuchBucket"):
        prove_readable("missing")
    assert keys(s3) == []
    handler = Handler.of(lambda _: None).within(large_bodies(LargeMessages("missing")))
    with pytest.raises(SettingsError, match="'missing' cannot be read"):
        handler.hooks.prove()


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize("key", ["", "\ud800"])
def test_a_pointer_to_what_cannot_be_rejects_the_message(key: str) -> None:
    with pytest.raises(Reject, match=r" cannot be: no object has such a key$"):
        handled(lambda message: message.body, Message(StoredBody(BUCKET, key).pointer))


@pytest.mark.parametrize("code", ["AccessDenied", "KMS.DisabledException", "SlowDown"])
def test_a_body_that_cannot_be_read_now_is_tried_again(s3: Any, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    message = large(s3, b"x")

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetObject")

    monkeypatch.setattr(aws_clients.aws_client("s3"), "get_object", refuse)
    with pytest.raises(ClientError, match=code):
        handled(lambda message: message.body, message)
    assert keys(s3) == ["k"]


def test_a_body_that_is_no_text_rejects_the_message_that_asks_for_text(s3: Any) -> None:
    with pytest.raises(InvalidBody, match=f"^the body s3://{BUCKET}/k is not text: "):
        handled(lambda message: message.body, large(s3, b"\xff"))


@pytest.mark.parametrize("body", [OLD, StoredBody(BUCKET, "k").pointer])
def test_both_pointers_are_known_wrapped_by_sns_or_not(body: str) -> None:
    assert pointed_at(body) == StoredBody(BUCKET, "k")
    envelope = {
        "Type": "Notification",
        "MessageId": "1",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:orders",
        "Message": body,
        "Timestamp": "2026-11-30T12:00:00Z",
        "SignatureVersion": "1",
        "Signature": "x",
        "SigningCertURL": "x",
        "UnsubscribeURL": "x",
    }
    received = {"MessageId": "m", "Body": json.dumps(envelope)}
    assert pointed_at(message_from_sqs(received).body) == StoredBody(BUCKET, "k")


@pytest.mark.parametrize(
    "body",
    [
        '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b"}]',
        '["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":1,"s3Key":"k"}]',
        '["software.amazon.payloadoffloading.PayloadS3Pointer"',
        f'["software.amazon.payloadoffloading.PayloadS3Pointer",{"[" * 100_000}',
        '{"order_id": "o-1"}',
        "",
    ],
)
def test_other_bodies_are_no_pointers(body: str) -> None:
    assert pointed_at(body) is None


def test_publish_puts_a_large_body_into_the_bucket(s3: Any) -> None:
    topic = "arn:aws:sns:eu-west-1:111122223333:orders"
    keep_large_bodies(LargeMessages(BUCKET, over_bytes=100))
    try:
        with recorded() as published:
            publish(topic, "small", "x" * 101, attributes={"kind": "new"})
    finally:
        keep_large_bodies(None)
    small, pointer = published
    assert (small.body, small.attributes) == ("small", {"kind": "new"})
    assert pointer.attributes == {"kind": "new", "ExtendedPayloadSize": 101}
    stored = pointed_at(pointer.body)
    assert stored is not None
    assert stored.bucket == BUCKET
    assert stored.read() == "x" * 101


def test_the_attributes_of_a_large_body_leave_room_for_its_size(s3: Any) -> None:
    keep_large_bodies(LargeMessages(BUCKET, over_bytes=300))
    attributes = {f"a{number}": "x" for number in range(10)}
    topic = "arn:aws:sns:us-east-1:111122223333:shop"
    try:
        with recorded() as published:
            publish(topic, "abc", attributes=attributes)
            with pytest.raises(ValueError, match=r"^attributes: 10 are more than 9, as many as a body has"):
                publish(topic, "abcd" * 100, attributes=attributes)
            assert keys(s3) == []
            del attributes["a0"]
            publish(topic, "abcd" * 100, attributes={**attributes, "traceparent": "00-1"})
    finally:
        keep_large_bodies(None)
    assert published[-1].attributes == {**attributes, "ExtendedPayloadSize": 400}


def test_the_setting_is_checked_whole() -> None:
    assert read_large_messages(f'{{"bucket": "{BUCKET}"}}') == (LargeMessages(BUCKET, 262_144, True), [])
    assert read_large_messages('{"over_bytes": 262145, "delete": 1, "buket": "x"}') == (
        None,
        [
            "WORKER_LARGE_MESSAGES.buket: unknown; known are bucket, over_bytes, delete",
            "WORKER_LARGE_MESSAGES.bucket: required, the name of a bucket",
            "WORKER_LARGE_MESSAGES.over_bytes: 262145 is not a whole number from 0 to 262144",
            "WORKER_LARGE_MESSAGES.delete: 1 is not true or false",
        ],
    )
    assert read_large_messages("[]") == (None, ["WORKER_LARGE_MESSAGES: '[]' is not a JSON object"])
