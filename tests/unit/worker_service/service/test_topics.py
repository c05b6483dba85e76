"""The topics that a queue is subscribed to: made here, existing, elsewhere, filtered; and what is refused of them."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from tests.support.deploy import Deployment, deploy
from tests.support.worker_service import container, deployed, document, problems_of, worker_service
from worker_service import WorkerService

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
TOPIC = "aws:sns/topic:Topic"
HERE = "arn:aws:sns:eu-west-1:111122223333:shop"
ELSEWHERE = "arn:aws:sns:eu-central-1:444455556666:shop"
THEIR_QUEUE = "arn:aws:sqs:eu-central-1:111122223333:undelivered"


def outputs(deployment: Deployment) -> dict[str, Any]:
    return deployment.outputs_of(deployment.result)


def sources(policy: dict[str, Any], sid: str = "DeliverFromTopic") -> Any:
    [statement] = [statement for statement in policy["Statement"] if statement.get("Sid") == sid]
    return statement["Condition"]["ArnEquals"]["aws:SourceArn"]


def test_two_topics_made_here_deliver_to_the_one_queue():
    deployment = deployed(topics={"main": {}, "audit": {}})
    arns = outputs(deployment)["topic_arns"]

    assert [topic.name for topic in deployment.all(TOPIC)] == ["orders-audit-topic", "orders-topic"]
    assert outputs(deployment)["topic_arn"] == arns["main"]
    for name, key in (("orders-subscription", "main"), ("orders-audit-subscription", "audit")):
        subscription = deployment.one(SUBSCRIPTION, name).inputs
        assert (subscription["topic"], subscription["endpoint"]) == (arns[key], outputs(deployment)["queue_arn"])
    for policy in ("orders-queue-policy", "orders-dead-letter-queue-policy"):
        assert sources(document(deployment, "aws:sqs/queuePolicy:QueuePolicy", policy)) == [arns["main"], arns["audit"]]
    key_policy = document(deployment, "aws:kms/keyPolicy:KeyPolicy", "orders-key-policy")
    assert sources(key_policy) == [arns["main"], arns["audit"]]
    assert document(deployment, "aws:sns/topicPolicy:TopicPolicy", "orders-audit-topic-policy")["Statement"]


def test_an_existing_topic_of_this_account_is_subscribed_to_and_nothing_of_it_is_changed():
    deployment = deployed(topics={"shop": {"topic_arn": HERE}})

    assert deployment.all(TOPIC) == deployment.all("aws:sns/topicPolicy:TopicPolicy") == []
    assert outputs(deployment)["topic_arn"] == HERE
    assert outputs(deployment)["required_policies"] == {}
    subscription = deployment.one(SUBSCRIPTION, "orders-shop-subscription").inputs
    assert (subscription["topic"], subscription["region"]) == (HERE, "eu-west-1")
    assert sources(document(deployment, "aws:sqs/queuePolicy:QueuePolicy", "orders-queue-policy")) == HERE
    variables = {entry["name"]: entry["value"] for entry in container(deployment)["environment"]}
    assert variables["SNS_TOPIC_ARN"] == HERE
    # It is somebody else's to publish to.
    role = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")
    assert "sns:Publish" not in json.dumps(role)


def test_a_topic_of_another_account_and_region_is_subscribed_to_from_there():
    deployment = deployed(
        topics={"main": {}, "shop": {"topic_arn": ELSEWHERE, "subscription_dead_letter_queue_arn": THEIR_QUEUE}}
    )
    subscription = deployment.one(SUBSCRIPTION, "orders-shop-subscription").inputs

    assert subscription["region"] == "eu-central-1"
    assert json.loads(subscription["redrivePolicy"]) == {"deadLetterTargetArn": THEIR_QUEUE}
    [policy] = outputs(deployment)["required_policies"].values()
    assert json.loads(policy)["Statement"] == [
        {
            "Sid": "SubscribeFrom111122223333",
            "Effect": "Allow",
            "Action": "sns:Subscribe",
            "Resource": ELSEWHERE,
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        }
    ]
    # The key is of the cluster's account, whoever owns the topic.
    key_policy = document(deployment, "aws:kms/keyPolicy:KeyPolicy", "orders-key-policy")
    assert key_policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}


def test_a_subscription_filters_and_delivers_as_it_is_told():
    policy = {"order": {"store": [{"prefix": "eu-"}]}}
    deployment = deployed(
        topics={
            "main": {"filter_policy": policy, "filter_policy_scope": "MessageBody"},
            "raw": {"raw_message_delivery": True},
        }
    )
    main = deployment.one(SUBSCRIPTION, "orders-subscription").inputs
    raw = deployment.one(SUBSCRIPTION, "orders-raw-subscription").inputs

    assert json.loads(main["filterPolicy"]) == policy
    assert main["filterPolicyScope"] == "MessageBody"
    assert "rawMessageDelivery" not in main
    assert raw["rawMessageDelivery"] is True
    assert "filterPolicy" not in raw


def test_the_delivery_alarm_adds_the_failures_of_all_topics():
    [alarm] = [
        alarm
        for alarm in deployed(topics={"main": {}, "audit": {}}).all("aws:cloudwatch/metricAlarm:MetricAlarm")
        if alarm.name == "orders-delivery-failure-alarm"
    ]
    queries = alarm.inputs["metricQueries"]

    assert [query["expression"] for query in queries if "expression" in query] == ["SUM(METRICS())"]
    names = [query["metric"]["dimensions"]["TopicName"] for query in queries if "metric" in query]
    assert [name.rsplit("-", 1)[0] for name in names] == ["orders-topic", "orders-audit-topic"]


def test_an_arn_may_be_an_output_and_nothing_else_of_a_topic():
    def build(**topic: Any) -> WorkerService:
        return worker_service(topics={"shop": {key: pulumi.Output.from_input(value) for key, value in topic.items()}})

    deployment = deploy(lambda: build(topic_arn=HERE))
    assert deployment.one(SUBSCRIPTION).inputs["topic"] == HERE
    refused = r"topics\.shop\.raw_message_delivery: an Output is not a plain value, and shapes the resources too late"
    with pytest.raises(ValueError, match=refused):
        deploy(lambda: build(raw_message_delivery=True))


FIELD = "topics.main.subscription_dead_letter_queue_arn"
ELSEWHERES = (
    f"{FIELD}: required, for the topic lies in eu-central-1 and the service in eu-west-1: what SNS cannot deliver has"
    " to wait in the topic's region"
)


def test_a_topic_may_have_a_handler_of_its_own():
    deployment = deployed(topics={"main": {}, "shop": {"topic_arn": HERE, "handler": "shop.sales.handle"}})
    variables = {entry["name"]: entry["value"] for entry in container(deployment)["environment"]}
    main = outputs(deployment)["topic_arns"]["main"]

    assert json.loads(variables["WORKER_QUEUES"]) == {"main": {"topics": {main: None, HERE: "shop.sales.handle"}}}
    assert "WORKER_QUEUES" not in {entry["name"] for entry in container(deployed())["environment"]}


def test_notifications_of_strangers_are_refused_where_that_is_asked_for():
    variables = {
        entry["name"]: entry["value"]
        for entry in container(deployed(topics={"shop": {"topic_arn": HERE}}, subscribed_topics_only=True))[
            "environment"
        ]
    }

    assert json.loads(variables["WORKER_QUEUES"]) == {"main": {"topics": {HERE: None}, "subscribed_topics_only": True}}


@pytest.mark.parametrize(
    ("topics", "problems"),
    [
        ({}, ["topics: 0 entries are fewer than 1"]),
        ({f"t{n}": {} for n in range(11)}, ["topics: 11 entries are more than 10"]),
        (
            {"Main": {}},
            [
                "topics key: 'Main' is not 1 to 40 lower-case letters, digits and hyphens that begin with a letter",
            ],
        ),
        (
            {"main": {"handler": "shop.handle", "raw_message_delivery": True}},
            ["topics.main.handler: raw_message_delivery leaves out the topic, by which a handler is chosen"],
        ),
        ({"main": {"topic": HERE}}, ["topics.main.topic: unknown; did you mean topic_arn?"]),
        (
            {"main": {"topic_arn": "shop", "raw_message_delivery": "yes"}},
            [
                "topics.main.topic_arn: 'shop' is not a topic ARN such as arn:aws:sns:eu-west-1:111122223333:name",
                "topics.main.raw_message_delivery: 'yes' is not true or false",
            ],
        ),
        (
            {"main": {"filter_policy_scope": "MessageBody"}},
            ["topics.main.filter_policy_scope: goes with a filter_policy"],
        ),
        (
            {"main": {"filter_policy": {"a": {"b": ["x"]}}}},
            ["topics.main.filter_policy.a: an object needs filter_policy_scope MessageBody; attributes have no parts"],
        ),
        (
            {"a": {"topic_arn": HERE}, "b": {"topic_arn": HERE}},
            [f"topics: {HERE} stands twice; SNS has one subscription of a queue"],
        ),
        (
            {"main": {"topic_arn": ELSEWHERE}},
            [ELSEWHERES],
        ),
        (
            {"main": {"subscription_dead_letter_queue_arn": THEIR_QUEUE}},
            [f"{FIELD}: {THEIR_QUEUE} is not in eu-west-1, where the topic lies"],
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_refused(topics: dict[str, Any], problems: list[str]):
    assert problems_of(topics=topics) == problems


def test_handlers_of_single_topics_take_no_lists():
    assert problems_of(topics={"main": {"handler": "shop.sales.handle"}}, batch_size=5) == [
        "topics.main.handler: batch_size is for one handler of lists; handlers of single topics take no lists"
    ]
