"""Dead letters: what leads to the dead-letter queue, who may use it, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.emulator import Emulator
from tests.support.emulator import Cloud, allow, refused, wait_until


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


@pytest.mark.parametrize("kind", [{}, {"FifoQueue": "true", "ContentBasedDeduplication": "true"}])
def test_too_many_receives_lead_to_the_dead_letter_queue(cloud: Cloud, sqs: Any, kind: dict[str, str]) -> None:
    url, dead_letter_url, _ = with_dead_letters(cloud, 2, **kind)
    group = {"MessageGroupId": "a"} if kind else {}
    sent = sqs.send_message(QueueUrl=url, MessageBody="poison", **group)["MessageId"]
    counts = [cloud.receive(url, AttributeNames=["All"])[0]["Attributes"]["ApproximateReceiveCount"] for _ in range(2)]
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
        assert refused(sqs.set_queue_attributes, QueueUrl=url, Attributes=redrive)[0] == "InvalidParameterValue"
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
    assert refused(start, SourceArn=dead_letter_arn, MaxNumberOfMessagesPerSecond=501)[0] == "InvalidParameterValue"
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
