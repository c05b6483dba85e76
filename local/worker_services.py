"""Finds the worker services that a program made, by what their containers are told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from local.aws import Aws
from local.errors import BoxError
from local.provisioner import Registered
from local.service import Service
from local.workers.container import Container

_ECS_SERVICE = "aws:ecs/service:Service"


def worker_services(aws: Aws, registered: Iterable[Registered]) -> list[Service]:
    """The worker services among what was registered, by name: ECS services whose container is told its topic and queue.

    Raises BoxError for one whose queue has no dead-letter queue.
    """
    found = [
        (resource, environment)
        for resource in registered
        if resource.type == _ECS_SERVICE
        if (environment := _worker_environment(aws, resource.state))
    ]
    return sorted((_service(aws, *pair) for pair in found), key=lambda service: service.name)


def _worker_environment(aws: Aws, ecs_service: dict[str, Any]) -> dict[str, str]:
    """Of the worker's container; empty where there is none."""
    ecs = aws.client("ecs")
    definition = ecs.describe_task_definition(taskDefinition=ecs_service["taskDefinition"])["taskDefinition"]
    containers = map(Container.read, definition["containerDefinitions"])
    return next((container.environment for container in containers if container.is_worker), {})


def _service(aws: Aws, resource: Registered, environment: dict[str, str]) -> Service:
    others = {
        name: _queue(aws, resource.name, told["uri"])
        for name, told in json.loads(environment.get("WORKER_QUEUES", "{}")).items()
        if "uri" in told
    }
    return Service(
        name=resource.name.removesuffix("-service"),
        cluster_arn=resource.state["cluster"],
        ecs_service_name=resource.state["name"],
        topic_arn=environment["SNS_TOPIC_ARN"],
        **_queue(aws, resource.name, environment["QUEUE_URI"]),
        other_queues=others,
    )


def _queue(aws: Aws, service: str, queue_url: str) -> dict[str, str]:
    sqs = aws.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
    if "RedrivePolicy" not in attributes:
        raise BoxError(f"{service}: its queue {queue_url} has no dead-letter queue, and the box needs one")
    dead_letter_queue_arn = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
    dead_letter_queue_name = dead_letter_queue_arn.rpartition(":")[2]
    return {
        "queue_url": queue_url,
        "queue_arn": attributes["QueueArn"],
        "dead_letter_queue_url": sqs.get_queue_url(QueueName=dead_letter_queue_name)["QueueUrl"],
        "dead_letter_queue_arn": dead_letter_queue_arn,
    }
