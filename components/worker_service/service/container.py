"""The container of a worker task: its definition, and the environment that the worker reads.

This is the one place where the container's environment is written; the runtime's `settings.py` is the one place where
it is read, and a contract test feeds the first to the second.
"""

import json
from collections.abc import Mapping
from typing import Any

from worker_service.inputs.arns import place_of
from worker_service.inputs.names import CONTAINER_NAME
from worker_service.service.choices import DependencyCondition
from worker_service.service.execute_command import agent_mounts
from worker_service.service.log_configuration import log_configuration
from worker_service.service.log_router import routed_log
from worker_service.service.scaling.demand import PublishedDemand, share_text
from worker_service.service.task_options import EfsVolume

#: Variables that this module writes; a user's variable of the same name is an error.
RESERVED_VARIABLES = (
    "QUEUE_NAME",
    "QUEUE_URI",
    "QUEUE_REGION",
    "SNS_TOPIC_ARN",
    "ONCE_TABLE",
    "WORKER_HANDLER",
    "WORKER_QUEUES",
    "WORKER_STOP_TIMEOUT_SECONDS",
    "WORKER_CONCURRENCY",
    "WORKER_PROCESSES",
    "WORKER_BATCH_SIZE",
    "WORKER_CIRCUIT_BREAKER_PERCENT",
    "WORKER_LARGE_MESSAGES",
    "WORKER_SCALE_IN_PROTECTION",
    "WORKER_PUBLISH_DEMAND",
    "WORKER_DEMAND_PER_VISIBLE",
    "WORKER_DEMAND_PER_IN_FLIGHT",
    "WORKER_DEMAND_WINDOW_SECONDS",
    "WORKER_ERROR_TEXTS",
)

#: The root file system is read-only, so temporary files need a volume of their own.
TEMPORARY_VOLUME = "tmp"
TEMPORARY_PATH = "/tmp"  # noqa: S108 - the path of the volume inside the container


def container_definition(
    *,
    image: str,
    handler: str | None,
    queues: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, str],
    secrets: Mapping[str, str],
    topic_arn: str,
    queue_arn: str,
    queue_url: str,
    queue_name: str,
    log_group_name: str,
    concurrency: int,
    processes: int,
    batch_size: int | None,
    scale_in_protection: bool,
    published_demand: PublishedDemand | None,
    circuit_breaker_percent: int,
    error_texts: bool,
    options: Mapping[str, Any],
    efs_volumes: Mapping[str, EfsVolume],
    health_check: Mapping[str, Any] | None,
    execute_command: bool,
    dependencies: Mapping[str, str],
    is_routed: bool,
) -> dict[str, Any]:
    """The container as ECS's RegisterTaskDefinition takes it.

    `queues` is what the worker has to know of its queues beside the main one's name, as WORKER_QUEUES says it.
    `options` are how the container starts and ends, as ECS takes them. `health_check` is as ECS takes it, or None where
    only a container that ends is replaced. `published_demand` is what tasks publish every 10 seconds for fast scaling,
    or None where they do not. `execute_command` mounts what ECS Exec's agent writes to.
    `dependencies` are how far sidecars have to be before it starts; where it `is_routed`, its log goes through one.
    """
    region = place_of(queue_arn).region
    variables = {
        "QUEUE_NAME": queue_name,
        "QUEUE_URI": queue_url,
        "QUEUE_REGION": region,
        "SNS_TOPIC_ARN": topic_arn,
        "WORKER_STOP_TIMEOUT_SECONDS": str(options["stopTimeout"]),
        "WORKER_CONCURRENCY": str(concurrency),
        "WORKER_PROCESSES": str(processes),
        **({"WORKER_BATCH_SIZE": str(batch_size)} if batch_size else {}),
        "WORKER_SCALE_IN_PROTECTION": "true" if scale_in_protection else "false",
        **({"WORKER_HANDLER": handler} if handler else {}),
        **({"WORKER_QUEUES": json.dumps(queues)} if queues else {}),
        **_demand_variables(published_demand),
        **({"WORKER_CIRCUIT_BREAKER_PERCENT": str(circuit_breaker_percent)} if circuit_breaker_percent else {}),
        **({} if error_texts else {"WORKER_ERROR_TEXTS": "false"}),
        **environment,
    }
    return {
        "name": CONTAINER_NAME,
        "image": image,
        "essential": True,
        **options,
        "privileged": False,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [
            {"sourceVolume": TEMPORARY_VOLUME, "containerPath": TEMPORARY_PATH, "readOnly": False},
            *(
                {
                    "sourceVolume": name,
                    "containerPath": volume["container_path"],
                    "readOnly": volume.get("read_only", False),
                }
                for name, volume in efs_volumes.items()
            ),
            *agent_mounts(enabled=execute_command),
        ],
        **({"healthCheck": health_check} if health_check else {}),
        "environment": [{"name": name, "value": variables[name]} for name in sorted(variables)],
        **({"secrets": [{"name": name, "valueFrom": secrets[name]} for name in sorted(secrets)]} if secrets else {}),
        **({"dependsOn": container_dependencies(dependencies)} if dependencies else {}),
        "logConfiguration": (routed_log if is_routed else log_configuration)(log_group_name, region, CONTAINER_NAME),
    }


def container_dependencies(dependencies: Mapping[str, str]) -> list[dict[str, str]]:
    """Conditions by container, as a container definition has them."""
    return [
        {"containerName": name, "condition": DependencyCondition(condition).value}
        for name, condition in sorted(dependencies.items())
    ]


def _demand_variables(published: PublishedDemand | None) -> dict[str, str]:
    if published is None:
        return {}
    return {
        "WORKER_PUBLISH_DEMAND": "true",
        "WORKER_DEMAND_PER_VISIBLE": share_text(published.demand.main.per_visible),
        "WORKER_DEMAND_PER_IN_FLIGHT": share_text(published.demand.main.per_in_flight),
        "WORKER_DEMAND_WINDOW_SECONDS": str(published.window_seconds),
    }
