"""A container of a task, as its definition in the emulator says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.workers.health_check import HealthCheck

#: ECS's own default: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
_STOP_TIMEOUT_SECONDS = 30

#: The CMD of the worker's Dockerfile.
IMAGE_COMMAND = ["python", "-m", "worker_runtime"]


@dataclass(frozen=True)
class Container:
    """What one container runs, with which variables, and when."""

    name: str
    image: str
    command: list[str]
    """Empty where the image's own is run."""
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

    @classmethod
    def read(cls, definition: Mapping[str, Any]) -> Container:
        """A container definition, with ECS's defaults."""
        return cls(
            name=definition.get("name", ""),
            image=definition["image"],
            command=[*definition.get("entryPoint", []), *definition.get("command", [])],
            environment={variable["name"]: variable["value"] for variable in definition.get("environment", [])},
            environment_files=[file["value"] for file in definition.get("environmentFiles", [])],
            secrets=definition.get("secrets", []),
            is_essential=definition.get("essential", True),
            depends_on={item["containerName"]: item["condition"] for item in definition.get("dependsOn", [])},
            stop_timeout_seconds=definition.get("stopTimeout", _STOP_TIMEOUT_SECONDS),
            health_check=HealthCheck.read(definition),
        )

    @property
    def is_worker(self) -> bool:
        """Whether it is told a topic and a queue."""
        return {"QUEUE_URI", "SNS_TOPIC_ARN"} <= self.environment.keys()
