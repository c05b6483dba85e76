"""A container of a task, as its definition in the emulator says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.workers.health_check import HealthCheck
from worker_service.service.task_options import COMMAND_LABEL

#: ECS's own default: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
_STOP_TIMEOUT_SECONDS = 30

#: The CMD of the worker's Dockerfile.
IMAGE_COMMAND = ["python", "-m", "worker_runtime"]


@dataclass(frozen=True)
class Container:
    """What one container runs, with which variables, and when."""

    name: str
    image: str
    entry_point: list[str]
    arguments: list[str]
    """Both empty where the image's own are run."""
    environment: dict[str, str]
    environment_files: list[str]
    """ARNs of objects in S3 that ECS reads."""
    secrets: list[dict[str, str]]
    """Variables that ECS reads: each with its name, and the ARN in valueFrom."""
    is_essential: bool
    depends_on: dict[str, str]
    """ECS's conditions by the other containers' names."""
    stop_timeout_seconds: float
    health_check: HealthCheck | None
    pre_deploy_command: list[str]
    """What runs once before a deployment, in place of the arguments; empty where nothing does."""

    @classmethod
    def read(cls, definition: Mapping[str, Any]) -> Container:
        """A container definition, with ECS's defaults."""
        return cls(
            name=definition.get("name", ""),
            image=definition["image"],
            entry_point=definition.get("entryPoint", []),
            arguments=definition.get("command", []),
            environment={variable["name"]: variable["value"] for variable in definition.get("environment", [])},
            environment_files=[file["value"] for file in definition.get("environmentFiles", [])],
            secrets=definition.get("secrets", []),
            is_essential=definition.get("essential", True),
            depends_on={item["containerName"]: item["condition"] for item in definition.get("dependsOn", [])},
            stop_timeout_seconds=definition.get("stopTimeout", _STOP_TIMEOUT_SECONDS),
            health_check=HealthCheck.read(definition),
            pre_deploy_command=json.loads(definition.get("dockerLabels", {}).get(COMMAND_LABEL, "[]")),
        )

    @property
    def command(self) -> list[str]:
        """Program and arguments; empty where the image's own are run."""
        return [*self.entry_point, *self.arguments]

    def before_deployments(self) -> Container:
        """As it runs once before a deployment: nobody looks whether that is well."""
        return replace(self, arguments=self.pre_deploy_command, health_check=None)

    @property
    def is_worker(self) -> bool:
        """Whether it is told a topic and a queue."""
        return {"QUEUE_URI", "SNS_TOPIC_ARN"} <= self.environment.keys()
