"""Messages in the emulator behave as on SQS: handles, visibility, FIFO, dead letters, redrive, sizes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.emulator import Emulator
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


def with_dead_letters(cloud: Cloud, max_receive_count: int = 1, **attributes: str) -> tuple[str, str, str]:
    """The URLs of a queue and its dead-letter queue, and the ARN of the latter."""
    dead_letter_url, dead_letter_arn = cloud.queue("dead", **attributes)
    redrive = json.dumps({"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": max_receive_count})
    url, _ = cloud.queue(RedrivePolicy=redrive, VisibilityTimeout="0", **attributes)
    return url, dead_letter_url, dead_letter_arn


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
    sqs.send_message(
        QueueUrl=url, MessageBody="now", MessageAttributes={**attribute, "other": attribute["tenant"]}
    )
    message = cloud.receive(url, AttributeNames=["All"], MessageAttributeNames=["ten.*"])[0]
    assert message["MessageAttributes"] == attribute
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    message = cloud.receive(url, AttributeNames=["All"], MessageAttributeNames=["none"])[0]
    assert "MessageAttributes" not in message
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    assert int(message["Attributes"]["ApproximateFirstReceiveTimestamp"]) >= int(
        message["Attributes"]["SentTimestamp"]
    )


def test_a_long_poll_returns_when_a_message_arrives(cloud: Cloud, sqs: Any) -> None:
    url, _ = cloud.queue()
    received: list[Any] = []
    poll = threading.Thread(target=lambda: received.extend(cloud.receive(url, WaitTimeSeconds=20)))
    poll.start()
    sqs.send_message(QueueUrl=url, MessageBody="order")
    poll.join(30)
    assert [message["Body"] for message in received] == ["order"]


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


@pytest.mark.parametrize("kind", [{}, {"FifoQueue": "true", "ContentBasedDeduplication": "true"}])
def test_too_many_receives_lead_to_the_dead_letter_queue(
    cloud: Cloud, sqs: Any, kind: dict[str, str]
) -> None:
    url, dead_letter_url, _ = with_dead_letters(cloud, 2, **kind)
    group = {"MessageGroupId": "a"} if kind else {}
    sent = sqs.send_message(QueueUrl=url, MessageBody="poison", **group)["MessageId"]
    counts = [
        cloud.receive(url, AttributeNames=["All"])[0]["Attributes"]["ApproximateReceiveCount"]
        for _ in range(2)
    ]
    assert counts == ["1", "2"]
    assert cloud.receive(url) == []
    assert cloud.counts(url) == (0, 0, 0)
    dead = cloud.receive(dead_letter_url, AttributeNames=["All"], VisibilityTimeout=0)[0]
    assert (dead["MessageId"], dead["Body"]) == (sent, "poison")
    source = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == source


def test_the_redrive_allow_policy_names_who_may_dead_letter(cloud: Cloud, sqs: Any) -> None:
    url, arn = cloud.queue()
    dead_letter_url, dead_letter_arn = cloud.queue("dead")
    redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": 3})}

    def allow_sources(**permission: Any) -> None:
        attributes = {"RedriveAllowPolicy": json.dumps(permission) if permission else ""}
        sqs.set_queue_attributes(QueueUrl=dead_letter_url, Attributes=attributes)

    for permission in (
        {"redrivePermission": "denyAll"},
        {"redrivePermission": "byQueue", "sourceQueueArns": [arn + "-2"]},
    ):
        allow_sources(**permission)
        assert (
            refused(sqs.set_queue_attributes, QueueUrl=url, Attributes=redrive)[0] == "InvalidParameterValue"
        )
    names = {"QueueUrl": dead_letter_url, "AttributeNames": ["RedriveAllowPolicy"]}
    assert json.loads(sqs.get_queue_attributes(**names)["Attributes"]["RedriveAllowPolicy"]) == permission
    assert "RedrivePolicy" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    allow_sources(redrivePermission="byQueue", sourceQueueArns=[arn])
    sqs.set_queue_attributes(QueueUrl=url, Attributes=redrive)
    allow_sources()
    assert "Attributes" not in sqs.get_queue_attributes(**names)


def kill(cloud: Cloud, url: str, *bodies: str) -> None:
    """Send messages and receive them into the dead-letter queue."""
    attribute = {"tenant": {"DataType": "String", "StringValue": "t1"}}
    for body in bodies:
        cloud.admin("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attribute)
    wait_until(lambda: not cloud.receive(url) and sum(cloud.counts(url)) == 0)


def finished(sqs: Any, source_arn: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        task = sqs.list_message_move_tasks(SourceArn=source_arn)["Results"][0]
        return task if task["Status"] not in ("RUNNING", "CANCELLING") else None

    return wait_until(look)


def test_a_redrive_returns_dead_letters_to_their_sources(cloud: Cloud, sqs: Any) -> None:
    url, dead_letter_url, dead_letter_arn = with_dead_letters(cloud)
    other_redrive = json.dumps({"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": 1})
    other_url, _ = cloud.queue("other", RedrivePolicy=other_redrive, VisibilityTimeout="0")
    kill(cloud, url, "one", "two")
    kill(cloud, other_url, "three")
    dead = {message["Body"]: message for message in cloud.receive(dead_letter_url, VisibilityTimeout=0)}
    assert set(dead) == {"one", "two", "three"}

    sqs.start_message_move_task(SourceArn=dead_letter_arn)
    task = finished(sqs, dead_letter_arn)
    assert task["Status"] == "COMPLETED"
    assert (task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]) == (3, 3)
    assert "TaskHandle" not in task
    assert cloud.counts(dead_letter_url) == (0, 0, 0)
    assert cloud.counts(other_url) == (1, 0, 0)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    back = cloud.receive(url, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert [message["Body"] for message in back] == ["one", "two"]
    assert back[0]["MessageAttributes"]["tenant"]["StringValue"] == "t1"
    assert back[0]["Attributes"]["ApproximateReceiveCount"] == "1"
    assert back[0]["MessageId"] != dead["one"]["MessageId"]


def test_a_redrive_to_another_queue_at_a_rate_can_be_cancelled(cloud: Cloud, sqs: Any) -> None:
    url, dead_letter_url, dead_letter_arn = with_dead_letters(cloud)
    target_url, target_arn = cloud.queue("target")
    kill(cloud, url, *(str(number) for number in range(20)))
    handle = sqs.start_message_move_task(
        SourceArn=dead_letter_arn, DestinationArn=target_arn, MaxNumberOfMessagesPerSecond=2
    )["TaskHandle"]
    task = sqs.list_message_move_tasks(SourceArn=dead_letter_arn)["Results"][0]
    assert (task["Status"], task["TaskHandle"], task["DestinationArn"]) == ("RUNNING", handle, target_arn)
    assert refused(sqs.start_message_move_task, SourceArn=dead_letter_arn)[0] == (
        "AWS.SimpleQueueService.UnsupportedOperation"
    )
    wait_until(lambda: cloud.counts(target_url)[0])
    sqs.cancel_message_move_task(TaskHandle=handle)
    task = finished(sqs, dead_letter_arn)
    assert task["Status"] == "CANCELLED"
    moved = task["ApproximateNumberOfMessagesMoved"]
    assert 0 < moved < 20
    assert (cloud.counts(target_url)[0], cloud.counts(dead_letter_url)[0]) == (moved, 20 - moved)
    assert refused(sqs.cancel_message_move_task, TaskHandle=handle)[0] == (
        "AWS.SimpleQueueService.UnsupportedOperation"
    )


def test_a_redrive_of_a_message_without_a_source_fails_and_keeps_it(cloud: Cloud, sqs: Any) -> None:
    _, dead_letter_url, dead_letter_arn = with_dead_letters(cloud)
    sqs.send_message(QueueUrl=dead_letter_url, MessageBody="sent here by hand")
    sqs.start_message_move_task(SourceArn=dead_letter_arn)
    task = finished(sqs, dead_letter_arn)
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    assert cloud.counts(dead_letter_url) == (1, 0, 0)


def test_redrives_that_are_refused(cloud: Cloud, sqs: Any) -> None:
    _, arn = cloud.queue()
    _, _, dead_letter_arn = with_dead_letters(cloud)
    start = sqs.start_message_move_task
    code, _, message = refused(start, SourceArn=arn)
    assert (code, message) == (
        "InvalidParameterValue",
        "Source queue must be configured as a Dead Letter Queue.",
    )
    assert refused(start, SourceArn=arn + "-none")[0] == "ResourceNotFoundException"
    assert (
        refused(start, SourceArn=dead_letter_arn, MaxNumberOfMessagesPerSecond=501)[0]
        == "InvalidParameterValue"
    )
    assert refused(sqs.cancel_message_move_task, TaskHandle="eA==")[0] == "ResourceNotFoundException"
    operator = cloud.as_role("sqs", allow("sqs:StartMessageMoveTask", dead_letter_arn))
    assert refused(operator.start_message_move_task, SourceArn=dead_letter_arn)[0] == "AccessDenied"
    reading = [
        "sqs:StartMessageMoveTask",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    ]
    cloud.as_role("sqs", allow(reading, dead_letter_arn)).start_message_move_task(SourceArn=dead_letter_arn)


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

    def drain() -> None:
        client = cloud.client("sqs")
        while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            bodies.extend(json.loads(message["Body"])["Message"] for message in messages)
            entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
            client.delete_message_batch(QueueUrl=url, Entries=entries)

    threads = [threading.Thread(target=drain) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(bodies, key=int) == [str(number) for number in range(1000)]
    assert cloud.counts(url) == (0, 0, 0)
