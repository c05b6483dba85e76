"""The variables of AWS Copilot's, for code that goes on reading them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.worker_service import container, deployed, problems_of

NAMES = {"application": "shop", "environment": "prod", "service": "orders"}
PAID = "arn:aws:sns:eu-west-1:111122223333:shop-prod-orders-paid"


def copilots(**args: Any) -> dict[str, str]:
    environment = {item["name"]: item["value"] for item in container(deployed(**args))["environment"]}
    return {name: value for name, value in environment.items() if name.startswith("COPILOT_")}


def test_there_are_none_unless_they_are_asked_for():
    assert copilots() == {}


def test_a_service_with_one_queue_has_the_names_and_the_queue():
    environment = {item["name"]: item["value"] for item in container(deployed(copilot_variables=NAMES))["environment"]}

    assert copilots(copilot_variables=NAMES) == {
        "COPILOT_APPLICATION_NAME": "shop",
        "COPILOT_ENVIRONMENT_NAME": "prod",
        "COPILOT_SERVICE_NAME": "orders",
        "COPILOT_QUEUE_URI": environment["QUEUE_URI"],
        "COPILOT_SERVICE_DISCOVERY_ENDPOINT": "prod.shop.local",
    }


def test_queues_topics_and_volumes_are_maps_by_copilots_keys():
    args: dict[str, Any] = {
        "queues": {"refunds": {}},
        "publishes_to": {"paid": {"topic_arn": PAID}},
        "copilot_variables": {
            **NAMES,
            "topic_queues": {"payRefundsEventsQueue": "refunds"},
            "published_topics": {"paid": "paid"},
            "mount_points": {"data": "/data"},
        },
    }
    found = copilots(**args)
    environment = {item["name"]: item["value"] for item in container(deployed(**args))["environment"]}

    assert json.loads(found["COPILOT_TOPIC_QUEUE_URIS"]) == {
        "payRefundsEventsQueue": json.loads(environment["WORKER_QUEUES"])["refunds"]["uri"]
    }
    assert json.loads(found["COPILOT_SNS_TOPIC_ARNS"]) == {"paid": PAID}
    assert json.loads(found["COPILOT_MOUNT_POINTS"]) == {"data": "/data"}


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (
            {"copilot_variables": {**NAMES, "topic_queues": {"k": "none"}}},
            "copilot_variables.topic_queues.k: 'none' is no name in queues",
        ),
        (
            {"copilot_variables": {**NAMES, "published_topics": {"k": "none"}}},
            "copilot_variables.published_topics.k: 'none' is no name in publishes_to",
        ),
        (
            {"copilot_variables": NAMES, "environment": {"COPILOT_QUEUE_URI": "x"}},
            "environment: COPILOT_QUEUE_URI is set by copilot_variables; leave out the one or the other",
        ),
        ({"copilot_variables": {"application": "shop"}}, "copilot_variables.environment: required"),
    ],
)
def test_what_does_not_fit_is_refused(args: dict[str, Any], problem: str):
    assert problem in problems_of(**args)
