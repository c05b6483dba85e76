"""All components in one program, with whatever makes them make more: for what has to hold of every resource."""

from __future__ import annotations

from typing import Any, cast

import pulumi

from tests.support.pipelines import BY_ECS, DIRECTORY, GIT
from worker_service import DeployRole, Environment, PipelineComponent, WorkerService

_TARGET = {"pipeline_account_id": "111122223333", "pipeline_region": "eu-west-1", "pipeline_name": "orders"}
_ENVIRONMENT = {
    "vpc_endpoints": "worker",
    "flow_log_retention_days": 30,
    "execute_command_log_retention_days": 30,
    "namespace": "shop.local",
    "shared_topics": {"news": {}},
}
_NOTHING = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
_SERVICE = {
    "alarm_email": "a@b.c",
    "fast_scaling": True,
    "schedules": {"night": {"schedule": "rate(1 day)", "min_count": 0, "max_count": 1}},
    "queues": {"slow": {"sources": {"new": {"event_pattern": {"source": ["shop"]}}}}},
    "task_policies": {"none": {"Version": "2012-10-17", "Statement": [_NOTHING]}},
}


def everything(
    name: str,
    opts: pulumi.ResourceOptions | None = None,
    managed_policy_arn: str = "arn:aws:iam::aws:policy/ReadOnlyAccess",
    **common: Any,
) -> None:
    """Make them; `common` arguments go to all that have them. The folder `service` has to hold a Dockerfile."""
    logs = {key: value for key, value in common.items() if key != "log_group_prefix"}
    pipeline = PipelineComponent(f"{name}-built", cast("Any", {**DIRECTORY, **common}), opts)
    PipelineComponent(f"{name}-git", cast("Any", {**GIT, "notification_email": "a@b.c", **common}), opts)
    PipelineComponent(f"{name}-s3", cast("Any", {"source": "s3", **common}), opts)
    DeployRole(f"{name}-ecs", cast("Any", {**_TARGET, "target": BY_ECS, **logs}), opts)
    DeployRole(f"{name}-up", cast("Any", {**_TARGET, "target": GIT["targets"][0], **logs}), opts)
    environment = Environment(name, cast("Any", {**_ENVIRONMENT, **common}), opts)
    where = {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.private_subnet_ids,
        "image": pipeline.image,
        "managed_policy_arns": [managed_policy_arn],
    }
    WorkerService(f"{name}-orders", cast("Any", {**where, **_SERVICE, **common}), opts)
