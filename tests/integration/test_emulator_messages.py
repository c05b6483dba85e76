"""Messages in the emulator behave as on SQS: handles, visibility, FIFO, dead letters, redrive, sizes."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.emulator import ADMIN_CREDENTIALS, Emulator
from tests.support.emulator import Cloud, allow, policy, refused, wait_until

MEBIBYTE = 1_048_576
NOT_IN_FLIGHT = "AWS.SimpleQueueService.MessageNotInflight"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


@pytest.fixture
def sqs(cloud: Cloud) -> Any:
    return cloud.admin("sqs")


def test_a_stale_handle_deletes_nothing(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    sqs.send_message(QueueUrl=url, MessageBody="order")
    stale = cloud.receive(url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    latest = cloud.receive(url)[0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=stale)
    batch = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": stale}])
    assert [entry["Id"] for entry in batch["Successful"]] == ["1"]
    assert cloud.counts(url) == (0, 1, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=latest)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=latest)
    assert cloud.counts(url) == (0, 0, 0)


def test_a_handle_that_never_was(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    assert refused(sqs.delete_message, QueueUrl=url, ReceiptHandle="x")[0] == "ReceiptHandleIsInvalid"
    failed = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "1", "ReceiptHandle": "x"}])["Failed"]
    assert [(entry["Id"], entry["Code"]) for entry in failed] == [("1", "ReceiptHandleIsInvalid")]


def test_visibility_changes_only_while_in_flight(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    sqs.send_message(QueueUrl=url, MessageBody="order")
    handle = cloud.receive(url)[0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert cloud.counts(url) == (1, 0, 0)

    change = {"QueueUrl": url, "ReceiptHandle": handle, "VisibilityTimeout": 30}
    assert refused(sqs.change_message_visibility, **change)[:2] == (NOT_IN_FLIGHT, 400)
    newer = cloud.receive(url)[0]["ReceiptHandle"]
    assert refused(sqs.change_message_visibility, **change)[0] == NOT_IN_FLIGHT
    entries = [
        {"Id": "stale", "ReceiptHandle": handle, "VisibilityTimeout": 30},
        {"Id": "latest", "ReceiptHandle": newer, "VisibilityTimeout": 30},
        {"Id": "long", "ReceiptHandle": newer, "VisibilityTimeout": 43_201},
    ]
    answer = sqs.change_message_visibility_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["latest"]
    assert {entry["Id"]: entry["Code"] for entry in answer["Failed"]} == {
        "stale": NOT_IN_FLIGHT,
        "long": "InvalidParameterValue",
    }
    sqs.delete_message(QueueUrl=url, ReceiptHandle=newer)
    code, _, message = refused(sqs.change_message_visibility, **change)
    assert code == "InvalidParameterValue"
    assert "Message does not exist or is not available for visibility timeout change" in message


def test_delay_and_attributes(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    assert cloud.counts(url) == (0, 0, 1)
    attribute = {"tenant": {"DataType": "String", "StringValue": "t1"}}
    sqs.send_message(QueueUrl=url, MessageBody="now", MessageAttributes={**attribute, "other": attribute["tenant"]})
    message = cloud.receive(url, AttributeNames=["All"], MessageAttributeNames=["ten.*"])[0]
    assert message["MessageAttributes"] == attribute
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    message = cloud.receive(url, AttributeNames=["All"], MessageAttributeNames=["none"])[0]
    assert "MessageAttributes" not in message
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    assert int(message["Attributes"]["ApproximateFirstReceiveTimestamp"]) >= int(message["Attributes"]["SentTimestamp"])


def test_a_long_poll_returns_when_a_message_arrives(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    received: list[Any] = []
    poll = threading.Thread(target=lambda: received.extend(cloud.receive(url, WaitTimeSeconds=20)))
    poll.start()
    sqs.send_message(QueueUrl=url, MessageBody="order")
    poll.join(30)
    assert [message["Body"] for message in received] == ["order"]


@pytest.mark.parametrize("close", ["whole", "half"])
def test_a_poll_whose_caller_is_gone_takes_no_message(cloud: Cloud, sqs: Any, close: str) -> None:
    url, _ = cloud.queue()
    caller = long_poll(cloud, url)
    if close == "whole":
        caller.close()
    else:
        caller.shutdown(socket.SHUT_WR)
    sqs.send_message(QueueUrl=url, MessageBody="order")
    with caller:
        # By now a poll of a caller that is there has taken it.
        other = cloud.receive(url, WaitTimeSeconds=1, MessageSystemAttributeNames=["All"])
    assert [message["Body"] for message in other] == ["order"]
    assert other[0]["Attributes"]["ApproximateReceiveCount"] == "1"


def long_poll(cloud: Cloud, url: str) -> socket.socket:
    """A connection on which a receive waits."""
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})
    request = AWSRequest(
        "POST",
        cloud.emulator.endpoint_url,
        {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "AmazonSQS.ReceiveMessage"},
        body,
    )
    SigV4Auth(Credentials(*ADMIN_CREDENTIALS.values()), "sqs", "eu-west-1").add_auth(request)
    prepared = request.prepare()
    target = urlsplit(cloud.emulator.endpoint_url)
    caller = socket.create_connection((target.hostname, target.port))
    head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": target.netloc, **prepared.headers}.items())
    caller.sendall(f"POST / HTTP/1.1\r\n{head}\r\n".encode() + body.encode())
    time.sleep(0.3)
    return caller


def test_a_message_of_one_mebibyte_and_not_a_byte_more(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    body = "ü" * (MEBIBYTE // 2)
    sqs.send_message(QueueUrl=url, MessageBody=body)
    assert cloud.receive(url)[0]["Body"] == body
    assert refused(sqs.send_message, QueueUrl=url, MessageBody=body + "x")[0] == "InvalidParameterValue"


def test_fifo_order_locks_and_deduplication(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue(FifoQueue="true", VisibilityTimeout="600")

    def send(body: str, group: str, deduplication_id: str | None = None) -> None:
        sqs.send_message(
            QueueUrl=url,
            MessageBody=body,
            MessageGroupId=group,
            MessageDeduplicationId=deduplication_id or body,
        )

    for body in ("a1", "a2", "b1", "a3"):
        send(body, body[0])
    first = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert first["Body"] == "a1"
    assert [message["Body"] for message in cloud.receive(url)] == ["b1"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    send("a1 again", "a", "a1")
    rest = cloud.receive(url, AttributeNames=["All"])
    assert [message["Body"] for message in rest] == ["a2", "a3"]
    numbers = [message["Attributes"]["SequenceNumber"] for message in rest]
    assert numbers == sorted(numbers)
    assert len(numbers[0]) == 20


def test_an_expired_handle_of_a_fifo_queue_is_an_error(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue(FifoQueue="true", ContentBasedDeduplication="true")
    sqs.send_message(QueueUrl=url, MessageBody="order", MessageGroupId="a")
    handle = cloud.receive(url, VisibilityTimeout=0)[0]["ReceiptHandle"]
    wait_until(lambda: cloud.counts(url) == (1, 0, 0))
    code, _, message = refused(sqs.delete_message, QueueUrl=url, ReceiptHandle=handle)
    assert (code, "The receipt handle has expired" in message) == ("InvalidParameterValue", True)


def test_attributes_set_at_the_same_time_all_stay(cloud: Cloud, sqs: Any) -> None:
    url, arn = cloud.queue()
    _, dead_letter_arn = cloud.queue("dead")
    wanted = {
        "Policy": policy(allow("sqs:SendMessage", arn, Principal={"Service": "sns.amazonaws.com"})),
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": 5}),
        "RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"}),
        "VisibilityTimeout": "77",
    }
    with ThreadPoolExecutor(len(wanted)) as threads:
        for name, value in wanted.items():
            threads.submit(cloud.client("sqs").set_queue_attributes, QueueUrl=url, Attributes={name: value})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(wanted))["Attributes"]
    assert {name: json.loads(value) for name, value in attributes.items()} == {
        name: json.loads(value) for name, value in wanted.items()
    }


def test_purging(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    sqs.send_message(QueueUrl=url, MessageBody="in flight")
    cloud.receive(url)
    sqs.send_message(QueueUrl=url, MessageBody="order")
    sqs.purge_queue(QueueUrl=url)
    assert cloud.counts(url) == (0, 0, 0)


def test_a_thousand_messages_published_at_once_are_drained_once_each(cloud: Cloud, sqs: Any) -> None:
    topic = cloud.topic()
    url = cloud.subscribed_queue(topic)
    sns = cloud.admin("sns")
    for start in range(0, 1000, 10):
        entries = [{"Id": str(number), "Message": str(number)} for number in range(start, start + 10)]
        assert len(sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"]) == 10
    assert cloud.counts(url) == (1000, 0, 0)
    bodies: list[str] = []

    def drain(client: Any) -> None:
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies.extend(json.loads(message["Body"])["Message"] for message in messages)
            entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
            client.delete_message_batch(QueueUrl=url, Entries=entries)

    threads = [threading.Thread(target=drain, args=(cloud.client("sqs"),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(bodies, key=int) == [str(number) for number in range(1000)]
    assert cloud.counts(url) == (0, 0, 0)


def test_what_sqs_refuses_is_refused(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    text = {"DataType": "String", "StringValue": "x"}
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="")[:2] == ("MissingParameter", 400)
    assert refused(sqs.send_message, QueueUrl=url, MessageBody="a\0b")[:2] == ("InvalidMessageContents", 400)
    for name in ("aws.x", ".x", "a..b"):
        refusal = refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageAttributes={name: text})
        assert refusal[:2] == ("InvalidParameterValue", 400)
    assert cloud.counts(url) == (0, 0, 0)


def test_a_batch_sends_what_sqs_takes_and_names_the_rest(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    bad = [{"Id": "empty", "MessageBody": ""}, {"Id": "control", "MessageBody": "\x01"}]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=[*bad, {"Id": "good", "MessageBody": "x"}])
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert {entry["Id"]: entry["Code"] for entry in answer["Failed"]} == {
        "empty": "MissingParameter",
        "control": "InvalidMessageContents",
    }
    assert len(sqs.send_message_batch(QueueUrl=url, Entries=bad)["Failed"]) == 2
    assert cloud.counts(url) == (1, 0, 0)
