"""What ECS would run: read from the service and its task definition in the emulator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.aws import NO_USER_SETTINGS, Aws
from local.errors import BoxError
from local.workers.health_check import HealthCheck

#: ECS's own default: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
_STOP_TIMEOUT_SECONDS = 30

#: The CMD of the worker's Dockerfile.
_IMAGE_COMMAND = ["python", "-m", "worker_runtime"]

#: All that a worker gets of the user's environment: a container would get nothing.
_INHERITED = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")


@dataclass(frozen=True)
class Task:
    """What each of `desired_count` workers runs."""

    desired_count: int
    image: str
    command: list[str]
    environment: dict[str, str]
    environment_files: list[str]
    """ARNs of objects in S3 that ECS reads."""
    secrets: list[dict[str, str]]
    """Variables that ECS reads: each with its name, and the ARN in valueFrom."""
    task_role_arn: str
    execution_role_arn: str
    stop_timeout_seconds: float
    health_check: HealthCheck | None


def read_task(aws: Aws, cluster_arn: str, service_name: str) -> Task:
    """The task of an ECS service. Raises BoxError where the box cannot run it."""
    ecs = aws.client("ecs")
    services = ecs.describe_services(cluster=cluster_arn, services=[service_name])["services"]
    if not services:
        raise BoxError(f"{service_name} is not in cluster {cluster_arn}")
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
    return Task(
        desired_count=service["desiredCount"],
        image=container["image"],
        command=[*container.get("entryPoint", []), *container.get("command", [])] or _IMAGE_COMMAND,
        environment={variable["name"]: variable["value"] for variable in container.get("environment", [])},
        environment_files=[file["value"] for file in container.get("environmentFiles", [])],
        secrets=container.get("secrets", []),
        task_role_arn=definition["taskRoleArn"],
        execution_role_arn=definition.get("executionRoleArn", ""),
        stop_timeout_seconds=container.get("stopTimeout", _STOP_TIMEOUT_SECONDS),
        health_check=HealthCheck.read(container),
    )


def process_environment(
    task: Task, read: Mapping[str, str], aws: Aws, credentials: Mapping[str, str], python: Path, temporary_path: str
) -> dict[str, str]:
    """The environment of one worker process, whose `python` is the service's own; `read` are variables that ECS reads.

    `temporary_path` is what the task's own /tmp is in ECS: workers on one machine must not share the health file.
    """
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "WORKER_HEALTH_DIRECTORY": temporary_path,
        **read,
        **task.environment,
        **NO_USER_SETTINGS,
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_REGION": aws.region,
        **credentials,
    }
