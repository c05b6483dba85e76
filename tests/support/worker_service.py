"""WorkerServices under mocks, for tests that look at what they declare."""

from __future__ import annotations

import json
from typing import Any, cast

from tests.support.deploy import Deployment, deploy, remembered
from worker_service import WorkerService, WorkerServiceArgs

CLUSTER_ARN = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"
IMAGE = "444455556666.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "a" * 64
REQUIRED: WorkerServiceArgs = {
    "cluster_arn": CLUSTER_ARN,
    "vpc_id": "vpc-0a1b2c3d",
    "subnet_ids": ["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
    "image": IMAGE,
}


def worker_service(name: str = "orders", **args: Any) -> WorkerService:
    """A WorkerService."""
    return WorkerService(name, cast("WorkerServiceArgs", {**REQUIRED, **args}))


@remembered
def deployed(**args: Any) -> Deployment:
    """What a WorkerService named orders declares."""
    return deploy(lambda: worker_service(**args))


def problems_of(**args: Any) -> list[str]:
    """What a WorkerService says of bad arguments, a line each."""
    try:
        worker_service(**args)
    except ValueError as refused:
        return [line.strip() for line in str(refused).splitlines()[1:]]
    raise AssertionError(f"{args} were not refused")


def document(deployment: Deployment, type_: str, name: str, key: str = "policy") -> Any:
    """The JSON that a resource was given."""
    return json.loads(deployment.one(type_, name).inputs[key])


def containers(deployment: Deployment) -> list[dict[str, Any]]:
    """The containers of the task definition, the worker's first."""
    return document(
        deployment, "aws:ecs/taskDefinition:TaskDefinition", "orders-task-definition", "containerDefinitions"
    )


def container(deployment: Deployment) -> dict[str, Any]:
    """The only container of the task definition."""
    [definition] = containers(deployment)
    return definition
