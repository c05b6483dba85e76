"""Events that come into a queue by EventBridge rules; and what is refused of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.deploy import Deployment
from tests.support.worker_service import deployed, document, problems_of

RULE = "aws:cloudwatch/eventRule:EventRule"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
PAID = {"source": ["shop"], "detail-type": ["paid"]}
FIFO = {"content_based_deduplication": True}


def sourced(**sources: dict[str, Any]) -> Deployment:
    return deployed(queues={"main": {"sources": sources}})


def statement(policy: dict[str, Any], sid: str = "DeliverFromRule") -> dict[str, Any]:
    [found] = [statement for statement in policy["Statement"] if statement.get("Sid") == sid]
    return found


def test_a_rule_sends_to_the_queue_and_what_it_cannot_deliver_to_the_dead_letter_queue():
    deployment = sourced(payments={"event_pattern": PAID, "event_bus_name": "shop"})
    rule, target = (
        deployment.one(RULE, "orders-payments-source"),
        deployment.one(TARGET, "orders-payments-source-target"),
    )
    queues = deployment.outputs_of(deployment.result)["queues"]["main"]

    assert json.loads(rule.inputs["eventPattern"]) == PAID
    assert (rule.inputs["eventBusName"], target.inputs["eventBusName"]) == ("shop", "shop")
    assert target.inputs["arn"] == queues["queue_arn"]
    assert target.inputs["deadLetterConfig"] == {"arn": queues["dead_letter_queue_arn"]}
    for policy, arn in (("queue-policy", "queue_arn"), ("dead-letter-queue-policy", "dead_letter_queue_arn")):
        written = document(deployment, "aws:sqs/queuePolicy:QueuePolicy", f"orders-{policy}")
        [rule_arn] = [written["Statement"][1]["Condition"]["ArnEquals"]["aws:SourceArn"]]
        assert ":rule/" in rule_arn
        assert statement(written) == {
            "Sid": "DeliverFromRule",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": queues[arn],
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
            "Principal": {"Service": "events.amazonaws.com"},
        }


def test_the_own_key_lets_eventbridge_in_only_where_there_are_sources():
    with_sources = document(sourced(a={"bucket": "uploads"}), "aws:kms/keyPolicy:KeyPolicy", "orders-key-policy")
    without = document(deployed(), "aws:kms/keyPolicy:KeyPolicy", "orders-key-policy")

    assert statement(with_sources)["Principal"] == {"Service": "events.amazonaws.com"}
    assert "events.amazonaws.com" not in json.dumps(without)


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ({}, {}),
        ({"prefix": "in/"}, {"object": {"key": [{"prefix": "in/"}]}}),
        ({"suffix": ".csv"}, {"object": {"key": [{"suffix": ".csv"}]}}),
        ({"prefix": "in/", "suffix": ".csv"}, {"object": {"key": [{"wildcard": "in/*.csv"}]}}),
    ],
)
def test_a_bucket_is_a_rule_on_its_new_objects(source: dict[str, str], keys: dict[str, Any]):
    rule = sourced(uploads={"bucket": "uploads", **source}).one(RULE, "orders-uploads-source").inputs

    assert json.loads(rule["eventPattern"]) == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": ["uploads"]}, **keys},
    }


def test_events_of_a_fifo_queue_have_a_group_and_no_dead_letter_queue_which_would_have_to_be_standard():
    sources = {"payments": {"event_pattern": PAID, "message_group_id": "payments"}}
    target = deployed(fifo=FIFO, queues={"main": {"sources": sources}}).one(TARGET).inputs

    assert target["sqsTarget"] == {"messageGroupId": "payments"}
    assert "deadLetterConfig" not in target


def test_the_largest_policies_are_within_what_sqs_takes():
    name = "a" * 20
    topics = {f"{name[:-1]}{number}": {} for number in range(10)}
    sources = {f"{name[:-1]}{number}": {"bucket": "uploads"} for number in range(10)}
    deployment = deployed(topics=topics, queues={"main": {"sources": sources}})
    policy = deployment.one("aws:sqs/queuePolicy:QueuePolicy", "orders-queue-policy").inputs["policy"]

    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
    assert len(policy) < 8_192
    assert len(json.loads(policy)["Statement"]) <= 20


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({}, "queues.main.sources.a: has either an event_pattern or a bucket"),
        (
            {"event_pattern": PAID, "bucket": "uploads"},
            "queues.main.sources.a: has either an event_pattern or a bucket",
        ),
        ({"event_pattern": PAID, "prefix": "x"}, "queues.main.sources.a.prefix: goes with bucket"),
        ({"bucket": "uploads", "event_bus_name": "b"}, "queues.main.sources.a.event_bus_name: goes with event_pattern"),
        (
            {"event_pattern": {}},
            "queues.main.sources.a.event_pattern: {} matches nothing; name source, detail-type or another field",
        ),
        (
            {"event_pattern": {"detail": {"id": "x"}}},
            "queues.main.sources.a.event_pattern.detail.id: 'x' is not a list of what it may be",
        ),
        (
            {"event_pattern": {"source": ["x" * 2_100]}},
            "queues.main.sources.a.event_pattern: 2116 characters are more than 2048",
        ),
        ({"bucket": "Uploads"}, "queues.main.sources.a.bucket: 'Uploads' is not a bucket's name"),
        (
            {"bucket": "uploads", "message_group_id": "g"},
            "queues.main.sources.a.message_group_id: is for a FIFO queue",
        ),
    ],
)
def test_what_is_refused(source: dict[str, Any], problem: str):
    assert problems_of(queues={"main": {"sources": {"a": source}}}) == [problem]


def test_a_fifo_queue_needs_a_group_and_deduplication_by_content():
    refused = problems_of(fifo={"high_throughput": True}, queues={"main": {"sources": {"a": {"bucket": "uploads"}}}})

    assert refused == [
        "queues.main.sources.a.message_group_id: required, for the queue is FIFO",
        (
            "queues.main.sources.a: EventBridge gives no deduplication id; set content_based_deduplication in the"
            " queue's fifo"
        ),
    ]
