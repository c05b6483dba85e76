"""What ECS would run: read from the service and its task definition in the emulator."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.aws import NO_USER_SETTINGS, Aws
from local.errors import BoxError

#: ECS's own default: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
_STOP_TIMEOUT_SECONDS = 30

#: All that a worker gets of the user's environment: a container would get nothing.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


@dataclass(frozen=True)
class Task:
    """What each of `desired_count` workers runs."""

    desired_count: int
    command: list[str]
    environment: dict[str, str]
    task_role_arn: str
    stop_timeout_seconds: float


def read_task(aws: Aws, cluster_arn: str, service_name: str) -> Task:
    """The task of an ECS service. Raises BoxError where the box cannot run it."""
    ecs = aws.client("ecs")
    services = ecs.describe_services(cluster=cluster_arn, services=[service_name])["services"]
    if not services:
        raise BoxError(f"the program exports service_name {service_name}, which is not in cluster {cluster_arn}")
    service = services[0]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    containers = definition["containerDefinitions"]
    if len(containers) != 1:
        raise BoxError(
            f"{service_name}: the box runs one container a task, and its task definition has {len(containers)}"
        )
    container = containers[0]
    if not definition.get("taskRoleArn"):
        raise BoxError(f"{service_name}: its task definition has no task role, so its workers could do nothing")
    if container.get("secrets"):
        names = ", ".join(secret["name"] for secret in container["secrets"])
        raise BoxError(f"{service_name}: the box cannot read secrets ({names}); give them as environment here")
    return Task(
        desired_count=service["desiredCount"],
        command=_command(container),
        environment={variable["name"]: variable["value"] for variable in container.get("environment", [])},
        task_role_arn=definition["taskRoleArn"],
        stop_timeout_seconds=container.get("stopTimeout", _STOP_TIMEOUT_SECONDS),
    )


def process_environment(task: Task, aws: Aws, credentials: Mapping[str, str], temporary_path: str) -> dict[str, str]:
    """The environment of one worker process.

    `temporary_path` is what the task's own /tmp is in ECS: workers on one machine must not share the health file.
    """
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "WORKER_HEALTH_DIRECTORY": temporary_path,
        **task.environment,
        **NO_USER_SETTINGS,
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_REGION": aws.region,
        **credentials,
    }


def _command(container: dict[str, Any]) -> list[str]:
    command = [*container.get("entryPoint", []), *container.get("command", [])] or ["python", "-m", "worker_runtime"]
    return [sys.executable, *command[1:]] if command[0] in ("python", "python3") else command
