"""What is wrong with existing things that a service is to use, beside topics and queues."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from worker_service.inputs.arns import place_of
from worker_service.service.inputs import WORKER_SERVICE_ROWS

#: What is said of a log group that is made here.
LOG_GROUP_OPTIONS = ("log_retention_days", "log_kms_key_arn", "log_group_prefix")


def log_group_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Whoever owns the log group decides how long it keeps what, and with which key."""
    arn, cluster_arn = args.get("log_group_arn"), args.get("cluster_arn")
    if arn is None:
        return
    yield from (
        f"{key}: is for a log group made here, and log_group_arn names an existing one"
        for key in LOG_GROUP_OPTIONS
        if key in args and args[key] != WORKER_SERVICE_ROWS[key].default
    )
    if isinstance(arn, str) and isinstance(cluster_arn, str) and place_of(arn) != place_of(cluster_arn):
        yield f"log_group_arn: {arn} is not of the account and region of {cluster_arn}"


def role_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """A task's roles are of its own account."""
    cluster_arn = args.get("cluster_arn")
    for key in ("task_role_arn", "execution_role_arn"):
        arn = args.get(key)
        if arn is None or isinstance(arn, pulumi.Output) or not isinstance(cluster_arn, str):
            continue
        if place_of(arn).account_id != place_of(cluster_arn).account_id:
            yield f"{key}: {arn} is not of the account of {cluster_arn}, as ECS asks of a task's role"
