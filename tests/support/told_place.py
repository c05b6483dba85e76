"""A place whose account answers what a test tells: a service with everything that the page shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.told_account import ToldAccount
from worker_ops.places.place import Place, Service, WorkQueue

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
QUEUE_ARN = "arn:aws:sqs:eu-west-1:123456789012:orders"
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:orders-topic"
RULE_ARN = "arn:aws:events:eu-west-1:123456789012:rule/nightly"
SUBSCRIPTION_ARN = f"{TOPIC_ARN}:7"
URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
SERVICE = Service(
    name="orders",
    queues=(WorkQueue("main", URL, f"{URL}-dead"),),
    topic_arn=TOPIC_ARN,
    cluster_arn="arn:aws:ecs:eu-west-1:123456789012:cluster/c",
    ecs_service_name="orders-service",
)


def policy(*arns: str | list[str], effect: str = "Allow") -> str:
    statements = [
        {"Effect": effect, "Action": "sqs:SendMessage", "Condition": {"ArnEquals": {"aws:SourceArn": arn}}}
        for arn in arns
    ]
    return json.dumps({"Statement": [*statements, {"Effect": "Deny", "Action": "sqs:*", "Condition": {"Bool": {}}}]})


def attributes_of(arguments: dict[str, Any]) -> dict[str, Any]:
    dead = arguments["QueueUrl"].endswith("-dead")
    counts = ("2", "0", "0") if dead else ("7", "3", "1")
    names = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    )
    given = dict(zip(names, counts, strict=True))
    return {"Attributes": {**given, "QueueArn": QUEUE_ARN, "Policy": policy([TOPIC_ARN], RULE_ARN)}}


def account(**changes: Any) -> ToldAccount:
    return ToldAccount(
        **{
            "get_queue_attributes": attributes_of,
            "list_subscriptions_by_topic": {
                "Subscriptions": [{"Endpoint": QUEUE_ARN, "SubscriptionArn": SUBSCRIPTION_ARN}]
            },
            "get_subscription_attributes": {
                "Attributes": {"FilterPolicy": '{"tenant": ["t-1"]}', "FilterPolicyScope": "MessageBody"}
            },
            "describe_services": {
                "services": [
                    {
                        "desiredCount": 3,
                        "runningCount": 2,
                        "pendingCount": 1,
                        "taskDefinition": "arn:aws:ecs:eu-west-1:1:task-definition/orders:4",
                        "deployments": [
                            {"status": "PRIMARY", "rolloutState": "IN_PROGRESS", "rolloutStateReason": "r"}
                        ],
                        "events": [{"createdAt": AT, "message": "has begun"}],
                    }
                ]
            },
            "describe_alarms": {
                "MetricAlarms": [
                    alarm("calm", "OK"),
                    alarm("demand", "ALARM", AlarmActions=["arn:aws:autoscaling:eu-west-1:1:scalingPolicy:7:x"]),
                    alarm("dead", "ALARM", StateReason="2 > 0", ActionsEnabled=False, StateUpdatedTimestamp=AT),
                    {**alarm("other", "ALARM"), "Dimensions": [{"Name": "QueueName", "Value": "somebody-elses"}]},
                ]
            },
            "describe_scalable_targets": {
                "ScalableTargets": [
                    {"MinCapacity": 1, "MaxCapacity": 9, "SuspendedState": {"DynamicScalingInSuspended": True}}
                ]
            },
            "describe_scaling_activities": {
                "ScalingActivities": [
                    {"StartTime": AT, "Description": "Setting 3", "Cause": "alarm", "StatusCode": "Successful"}
                ]
            },
            **changes,
        }
    )


def alarm(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "StateValue": state,
        "Dimensions": [{"Name": "QueueName", "Value": "orders"}],
        "AlarmDescription": f"{name}: workers dead-letters list",
        **more,
    }


def place(told: ToldAccount | None = None, logs: Path | None = None, service: Service = SERVICE) -> Place:
    return Place("stack dev", told or account(), [service], logs)
