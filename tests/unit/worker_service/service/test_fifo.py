"""FIFO: queue, dead-letter queue and topics of one kind, and what does not go together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.worker_service import deployed, problems_of

QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
PLAIN = "arn:aws:sns:eu-west-1:111122223333:shop"


def test_both_queues_and_the_topics_made_for_them_are_fifo():
    deployment = deployed(fifo={"content_based_deduplication": True}, topics={"main": {}, "audit": {}})

    for resource in [*deployment.all(QUEUE), *deployment.all(TOPIC)]:
        kind = "fifoQueue" if resource.type == QUEUE else "fifoTopic"
        assert resource.inputs[kind] is True
        assert resource.inputs["contentBasedDeduplication"] is True
        assert "deduplicationScope" not in resource.inputs
        assert "fifoThroughputScope" not in resource.inputs
    outputs = deployment.outputs_of(deployment.result)
    assert outputs["queue_name"].endswith(".fifo")
    assert outputs["dead_letter_queue_name"].endswith(".fifo")
    assert all(arn.endswith(".fifo") for arn in outputs["topic_arns"].values())


def test_high_throughput_is_by_message_group():
    deployment = deployed(fifo={"high_throughput": True})

    for queue in deployment.all(QUEUE):
        assert queue.inputs["deduplicationScope"] == "messageGroup"
        assert queue.inputs["fifoThroughputLimit"] == "perMessageGroupId"
        assert queue.inputs["contentBasedDeduplication"] is False
    assert deployment.one(TOPIC).inputs["fifoThroughputScope"] == "MessageGroup"


def test_by_default_all_are_standard():
    named = {"fifoQueue", "fifoTopic", "contentBasedDeduplication", "deduplicationScope", "fifoThroughputLimit"}

    assert all(not named & set(resource.inputs) for resource in deployed().resources)


def test_a_standard_queue_may_take_a_fifo_topics_messages():
    deployed(topics={"shop": {"topic_arn": f"{PLAIN}.fifo"}})


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        ({"fifo": True}, ["fifo: True is not a map with content_based_deduplication, high_throughput"]),
        ({"fifo": {"throughput": True}}, ["fifo.throughput: unknown; did you mean high_throughput?"]),
        ({"fifo": {"high_throughput": 1}}, ["fifo.high_throughput: 1 is not true or false"]),
        (
            {"fifo": {"high_throughput": True}, "topics": {"shop": {"topic_arn": PLAIN}}},
            [f"topics.shop.topic_arn: {PLAIN} is not FIFO, and the queue is: its messages would not be delivered"],
        ),
    ],
)
def test_what_is_refused(args: dict[str, Any], problems: list[str]):
    assert problems_of(**args) == problems
