"""Both ways to reach SQS give the same answers: the wire transport is held to boto3."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.worker_queue import REGION, WorkQueue, sqs_server, wait_until
from worker_runtime.errors import QueueError
from worker_runtime.message import message_from_sqs
from worker_runtime.sqs.open_transport import open_transport
from worker_runtime.sqs.queue import Queue

MIBIBYTE = 1_048_576


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with sqs_server() as url:
        yield url


@pytest.fixture(params=["wire", "boto3"])
def transport_name(request: pytest.FixtureRequest, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    return request.param


def open_queue(queue: WorkQueue, transport_name: str) -> Queue:
    return Queue(queue.url, open_transport(transport_name, REGION))


def test_messages_arrive_whole(endpoint: str, transport_name: str) -> None:
    source = WorkQueue(endpoint)
    attributes = {
        f"a{number}": {"DataType": "String", "StringValue": f"\u00e9\U0001f600{number}"} for number in range(9)
    }
    attributes["binary"] = {"DataType": "Binary", "BinaryValue": bytes(range(256))}  # type: ignore[dict-item]
    body = "\U0001f600 \t" + "x" * 500_000
    source.send(body, MessageAttributes=attributes)
    (received,) = open_queue(source, transport_name).receive(10, 0, 30)
    message = message_from_sqs(received)
    assert message.body == body
    assert message.attributes == {
        **{f"a{number}": f"\u00e9\U0001f600{number}" for number in range(9)},
        "binary": bytes(range(256)),
    }
    assert message.receive_count == 1
    assert message.sent_at is not None
    assert message.first_received_at is not None


def test_largest_message(endpoint: str, transport_name: str) -> None:
    source = WorkQueue(endpoint)
    source.send("x" * MIBIBYTE)
    (received,) = open_queue(source, transport_name).receive(1, 0, 30)
    assert received["Body"] == "x" * MIBIBYTE


def test_group_of_a_fifo_message(endpoint: str, transport_name: str) -> None:
    source = WorkQueue(endpoint, fifo=True)
    source.send_in_group("g", "1")
    (received,) = open_queue(source, transport_name).receive(1, 0, 30)
    assert message_from_sqs(received).group == "g"


def test_nothing_to_receive(endpoint: str, transport_name: str) -> None:
    assert open_queue(WorkQueue(endpoint), transport_name).receive(10, 0, 30) == []


def test_attributes_of_the_queue(endpoint: str, transport_name: str) -> None:
    source = WorkQueue(endpoint, visibility_seconds=45, max_receive_count=4)
    attributes = open_queue(source, transport_name).attributes()
    assert attributes.visibility_timeout_seconds == 45
    assert attributes.max_receive_count == 4
    assert attributes.dead_letter_url == source.dead_letter_url


def test_visibility_is_changed(endpoint: str, transport_name: str) -> None:
    source = WorkQueue(endpoint)
    source.send("1", "2")
    queue = open_queue(source, transport_name)
    handles = [received["ReceiptHandle"] for received in queue.receive(10, 0, 30)]
    assert queue.change_visibility([(handles[0], 0), (handles[1], 60)]) == []
    assert source.counts() == (1, 1)


def test_failed_entries_are_told_apart(endpoint: str, transport_name: str) -> None:
    source = WorkQueue(endpoint)
    source.send("1", "2")
    queue = open_queue(source, transport_name)
    handles = [received["ReceiptHandle"] for received in queue.receive(10, 0, 30)]
    (failure,) = queue.delete([handles[0], "not a handle", handles[1]])
    assert (failure.index, failure.code, failure.lost) == (1, "ReceiptHandleIsInvalid", True)
    assert source.is_empty()


def test_missing_queue_is_a_lasting_error(endpoint: str, transport_name: str) -> None:
    source = WorkQueue(endpoint)
    source.sqs.delete_queue(QueueUrl=source.url)
    queue = open_queue(source, transport_name)
    for call in (lambda: queue.receive(1, 0, 30), lambda: queue.delete(["x"]), queue.attributes):
        with pytest.raises(QueueError) as caught:
            call()
        assert caught.value.code == "AWS.SimpleQueueService.NonExistentQueue"
        assert not caught.value.retry


def test_unreachable_endpoint_is_a_passing_error(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, transport_name: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    queue = Queue("http://127.0.0.1:9/123456789012/orders", open_transport(transport_name, REGION))
    with pytest.raises(QueueError) as caught:
        queue.delete(["x"])
    assert caught.value.retry


def test_missing_credentials_are_a_passing_error(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, transport_name: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", "/nonexistent")
    queue = open_queue(WorkQueue(endpoint), transport_name)
    with pytest.raises(QueueError, match="NoCredentialsError") as caught:
        queue.receive(1, 0, 30)
    assert caught.value.retry


def test_credentials_that_sts_refuses_are_a_lasting_error(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, transport_name: str
) -> None:
    def refuse(_: Credentials) -> None:
        answer = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        raise ClientError(answer, "AssumeRole")  # type: ignore[arg-type]

    queue = open_queue(WorkQueue(endpoint), transport_name)
    monkeypatch.setattr(Credentials, "get_frozen_credentials", refuse)
    with pytest.raises(QueueError, match="AccessDenied: no") as caught:
        queue.receive(1, 0, 30)
    assert not caught.value.retry


def test_missing_token_of_a_web_identity_is_a_passing_error(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, transport_name: str
) -> None:
    source = WorkQueue(endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/worker")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent")
    queue = open_queue(source, transport_name)
    with pytest.raises(QueueError, match="FileNotFoundError") as caught:
        queue.receive(1, 0, 30)
    assert caught.value.retry


def test_long_poll_returns_with_the_first_message(endpoint: str, transport_name: str) -> None:
    source = WorkQueue(endpoint)
    queue = open_queue(source, transport_name)
    received: list[dict[str, object]] = []
    thread = threading.Thread(target=lambda: received.extend(queue.receive(10, 20, 30)))
    thread.start()
    time.sleep(0.2)
    source.send("1")
    wait_until(lambda: not thread.is_alive(), "the end of the poll", 15)
    assert json.dumps(received[0]["Body"]) == '"1"'


def test_a_poll_that_is_told_to_end_still_brings_its_messages(endpoint: str) -> None:
    source = WorkQueue(endpoint)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "a")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "b")
        queue = open_queue(source, "wire")
        received: list[dict[str, object]] = []
        thread = threading.Thread(target=lambda: received.extend(queue.receive(10, 20, 30)))
        thread.start()
        time.sleep(0.3)
        queue.stop_waiting()
        source.send("1")
        wait_until(lambda: not thread.is_alive(), "the end of the poll", 15)
    assert received[0]["Body"] == "1"
