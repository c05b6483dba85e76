"""What ECS would run: read from the service and its task definition in the emulator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.aws import NO_USER_SETTINGS, Aws
from local.errors import BoxError
from local.workers.container import Container

#: All that a worker gets of the user's environment: a container would get nothing.
_INHERITED = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


@dataclass(frozen=True)
class Task:
    """What each of `desired_count` tasks runs."""

    revision: int
    desired_count: int
    worker: Container
    sidecars: list[Container]
    task_role_arn: str
    execution_role_arn: str


def read_task(aws: Aws, cluster_arn: str, service_name: str) -> Task:
    """The task of an ECS service. Raises BoxError where the box cannot run it."""
    ecs = aws.client("ecs")
    services = ecs.describe_services(cluster=cluster_arn, services=[service_name])["services"]
    if not services:
        raise BoxError(f"{service_name} is not in cluster {cluster_arn}")
    service = services[0]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    containers = [Container.read(container) for container in definition["containerDefinitions"]]
    worker = next(container for container in containers if container.is_worker)
    if not definition.get("taskRoleArn"):
        raise BoxError(f"{service_name}: its task definition has no task role, so its workers could do nothing")
    return Task(
        revision=definition.get("revision", 0),
        desired_count=service["desiredCount"],
        worker=worker,
        sidecars=[container for container in containers if container is not worker],
        task_role_arn=definition["taskRoleArn"],
        execution_role_arn=definition.get("executionRoleArn", ""),
    )


def process_environment(
    container: Container,
    read: Mapping[str, str],
    aws: Aws,
    credentials: Mapping[str, str],
    python: Path,
    temporary_path: str,
) -> dict[str, str]:
    """The environment of a container's process, whose `python` is its code's own; `read` are variables that ECS reads.

    `temporary_path` is what the task's own /tmp is in ECS: workers on one machine must not share the health file.
    """
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "WORKER_HEALTH_DIRECTORY": temporary_path,
        **read,
        **container.environment,
        **NO_USER_SETTINGS,
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        # Fargate sets both.
        "AWS_REGION": aws.region,
        "AWS_DEFAULT_REGION": aws.region,
        **credentials,
    }
