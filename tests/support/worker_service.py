"""WorkerServices under mocks, for tests that look at what they declare."""

from __future__ import annotations

from typing import Any, cast

from tests.support.deploy import Deployment, deploy, remembered
from worker_service import WorkerService, WorkerServiceArgs

CLUSTER_ARN = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"
REQUIRED: WorkerServiceArgs = {
    "cluster_arn": CLUSTER_ARN,
    "vpc_id": "vpc-0a1b2c3d",
    "subnet_ids": ["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
    "image": "worker:1",
}


def worker_service(**args: Any) -> WorkerService:
    """A WorkerService named orders."""
    return WorkerService("orders", cast("WorkerServiceArgs", {**REQUIRED, **args}))


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
