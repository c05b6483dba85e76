"""SNS delivers to a queue only where the queue's policy and its key's let it; what is refused can be seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.emulator import Emulator
from tests.support.emulator import ACCOUNT, Cloud, allow, policy, refused, topic_policy

ACCOUNT_MAY = allow("kms:*", "*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
SNS = {"Service": "sns.amazonaws.com"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Emulator() as emulator:
        yield Cloud(emulator)


@pytest.fixture
def topic(cloud: Cloud) -> str:
    return cloud.topic()


def subscribe(cloud: Cloud, topic: str, queue_arn: str, **attributes: str) -> None:
    cloud.admin("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn, Attributes=attributes)


def publish(cloud: Cloud, topic: str, message: str = "order", **parameters: Any) -> str:
    return cloud.admin("sns").publish(TopicArn=topic, Message=message, **parameters)["MessageId"]


def set_policy(cloud: Cloud, url: str, document: str) -> None:
    cloud.admin("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})


def test_the_envelope(cloud: Cloud, topic: str) -> None:
    url = cloud.subscribed_queue(topic)
    attributes = {"tenant": {"DataType": "String", "StringValue": "t1"}}
    message_id = publish(cloud, topic, Subject="hello", MessageAttributes=attributes)
    message = cloud.receive(url)[0]
    envelope = json.loads(message["Body"])
    assert {name: envelope[name] for name in ("Type", "MessageId", "TopicArn", "Subject", "Message")} == {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic,
        "Subject": "hello",
        "Message": "order",
    }
    assert envelope["MessageAttributes"] == {"tenant": {"Type": "String", "Value": "t1"}}
    assert set(envelope) >= {"Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"}
    assert message["MessageId"] != message_id


def test_a_batch_has_a_limit_as_a_whole(cloud: Cloud, topic: str) -> None:
    def batch(last: str) -> Any:
        entries = [{"Id": str(number), "Message": "x" * 65_536} for number in range(3)]
        return cloud.admin("sns").publish_batch(
            TopicArn=topic, PublishBatchRequestEntries=[*entries, {"Id": "last", "Message": last}]
        )

    assert len(batch("ü" * 32_768)["Successful"]) == 4
    assert refused(batch, last="ü" * 32_768 + "x")[:2] == ("BatchRequestTooLong", 400)


def test_raw_delivery_with_attributes(cloud: Cloud, topic: str) -> None:
    url, arn = cloud.queue(Policy=policy(allow("sqs:SendMessage", "*", Principal=SNS)))
    subscribe(cloud, topic, arn, RawMessageDelivery="true")
    attributes = {
        "text": {"DataType": "String", "StringValue": "t1"},
        "number": {"DataType": "Number", "StringValue": "7"},
        "binary": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }
    publish(cloud, topic, MessageAttributes=attributes)
    message = cloud.receive(url, MessageAttributeNames=["All"])[0]
    assert message["Body"] == "order"
    assert message["MessageAttributes"] == attributes


def test_a_filter_policy_drops_silently(cloud: Cloud, topic: str) -> None:
    url, arn = cloud.queue(Policy=policy(allow("sqs:SendMessage", "*", Principal=SNS)))
    subscribe(cloud, topic, arn, FilterPolicy=json.dumps({"kind": ["order"]}))
    before = cloud.emulator.denials
    for kind in ("order", "invoice"):
        publish(cloud, topic, kind, MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}})
    assert [json.loads(message["Body"])["Message"] for message in cloud.receive(url)] == ["order"]
    assert cloud.emulator.denials == before


def test_nothing_arrives_without_a_queue_policy_and_that_is_seen(cloud: Cloud, topic: str) -> None:
    url, arn = cloud.queue()
    subscribe(cloud, topic, arn)
    for _ in range(3):
        publish(cloud, topic)
    assert cloud.counts(url) == (0, 0, 0)
    denial = cloud.emulator.denials[-1]
    assert denial.count == 3
    assert (denial.principal, denial.action, denial.resource) == ("sns.amazonaws.com", "sqs:SendMessage", arn)
    assert denial.reason == "because no resource-based policy allows the sqs:SendMessage action"
    assert str(denial).startswith(
        f"User: sns.amazonaws.com is not authorized to perform: sqs:SendMessage on resource: {arn}"
    )


def test_the_queue_policy_s_topic_is_the_one_that_may_send(cloud: Cloud, topic: str) -> None:
    url, arn = cloud.queue()
    subscribe(cloud, topic, arn)
    set_policy(cloud, url, topic_policy(arn, topic + "-other"))
    publish(cloud, topic)
    assert cloud.counts(url) == (0, 0, 0)
    set_policy(cloud, url, topic_policy(arn, topic))
    publish(cloud, topic)
    assert cloud.counts(url) == (1, 0, 0)
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    statement = json.loads(topic_policy(arn, topic))["Statement"][0]
    set_policy(cloud, url, policy(statement, tls_only))
    publish(cloud, topic)
    assert cloud.counts(url) == (2, 0, 0)


@pytest.mark.parametrize(
    ("granted", "arrives"),
    [
        ([], False),
        (["kms:Decrypt"], False),
        (["kms:GenerateDataKey*", "kms:Decrypt"], True),
    ],
)
def test_an_encrypted_queue_s_key_must_let_sns_in(cloud: Cloud, topic: str, granted: list[str], arrives: bool) -> None:
    condition = {"ArnEquals": {"aws:SourceArn": topic}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    statements = [allow(granted, "*", Principal=SNS, Condition=condition)] if granted else []
    key = cloud.admin("kms").create_key(Policy=policy(ACCOUNT_MAY, *statements))["KeyMetadata"]["Arn"]
    url = cloud.subscribed_queue(topic, KmsMasterKeyId=key)
    publish(cloud, topic)
    assert cloud.counts(url) == (int(arrives), 0, 0)
    if not arrives:
        denial = cloud.emulator.denials[-1]
        assert (denial.action, denial.resource) == ("kms:GenerateDataKey", key)


def test_the_aws_managed_key_does_not_let_sns_in(cloud: Cloud, topic: str) -> None:
    url = cloud.subscribed_queue(topic, KmsMasterKeyId="alias/aws/sqs")
    publish(cloud, topic)
    assert cloud.counts(url) == (0, 0, 0)
    assert "alias/aws/sqs" in cloud.emulator.denials[-1].reason
    cloud.admin("sqs").send_message(QueueUrl=url, MessageBody="order")


def test_a_refused_delivery_goes_to_the_subscription_s_dead_letter_queue(cloud: Cloud, topic: str) -> None:
    url, arn = cloud.queue()
    dead_letter_url, dead_letter_arn = cloud.queue("dead")
    set_policy(cloud, dead_letter_url, topic_policy(dead_letter_arn, topic))
    subscribe(cloud, topic, arn, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_letter_arn}))
    publish(cloud, topic)
    assert cloud.counts(url) == (0, 0, 0)
    assert json.loads(cloud.receive(dead_letter_url)[0]["Body"])["Message"] == "order"


def test_a_subscribed_queue_that_is_gone(cloud: Cloud, topic: str) -> None:
    url = cloud.subscribed_queue(topic)
    other_url = cloud.subscribed_queue(topic)
    cloud.admin("sqs").delete_queue(QueueUrl=url)
    publish(cloud, topic)
    assert cloud.emulator.denials[-1].reason == "because the queue does not exist"
    assert cloud.counts(other_url) == (1, 0, 0)


def test_a_fifo_topic_keeps_order_and_deduplicates(cloud: Cloud) -> None:
    topic = cloud.topic(FifoTopic="true", ContentBasedDeduplication="true")
    url = cloud.subscribed_queue(topic, FifoQueue="true")
    for message in ("one", "two", "one", "three"):
        publish(cloud, topic, message, MessageGroupId="a")
    assert [json.loads(message["Body"])["Message"] for message in cloud.receive(url)] == [
        "one",
        "two",
        "three",
    ]


def test_a_fifo_topics_notification_is_numbered_and_not_signed(cloud: Cloud) -> None:
    topic = cloud.topic(FifoTopic="true", ContentBasedDeduplication="true")
    queues = [cloud.subscribed_queue(topic, FifoQueue="true") for _ in range(2)]
    for message in ("one", "two"):
        publish(cloud, topic, message, MessageGroupId="a", Subject="An order")
    first, second = ([json.loads(message["Body"]) for message in cloud.receive(url)] for url in queues)
    assert list(first[0]) == [
        "Type",
        "MessageId",
        "SequenceNumber",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "UnsubscribeURL",
    ]
    numbers = [notification["SequenceNumber"] for notification in first]
    assert numbers == [notification["SequenceNumber"] for notification in second] == sorted(set(numbers))
    assert {len(number) for number in numbers} == {20}


@pytest.mark.parametrize(
    "message",
    [
        {"Message": ""},
        {"Message": "a\x01b"},
        {"Message": "a\ufffeb"},
        {"Message": "x", "Subject": "two\nlines"},
        {"Message": "x", "Subject": "é"},
        {"Message": "x", "Subject": " x"},
        *(
            {"Message": "x", "MessageAttributes": {name: {"DataType": "String", "StringValue": "x"}}}
            for name in ("aws.x", "Amazon.x", ".x", "x.", "a..b", "a b")
        ),
        {"Message": "x", "MessageAttributes": {"a": {"DataType": "String", "StringValue": ""}}},
        {"Message": "x", "MessageAttributes": {"a": {"DataType": "Text", "StringValue": "x"}}},
        {"Message": "x", "MessageAttributes": {"a": {"DataType": "String", "StringValue": "a\x01b"}}},
        {"Message": "x", "MessageAttributes": {"a": {"DataType": "String.\x01", "StringValue": "x"}}},
    ],
)
def test_what_sns_refuses_is_refused(cloud: Cloud, message: dict[str, Any]) -> None:
    sns, topic = cloud.admin("sns"), cloud.topic()
    assert refused(sns.publish, TopicArn=topic, **message)[:2] == ("InvalidParameter", 400)
    answer = sns.publish_batch(
        TopicArn=topic, PublishBatchRequestEntries=[{"Id": "bad", **message}, {"Id": "good", "Message": "x"}]
    )
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("bad", "InvalidParameter")]
