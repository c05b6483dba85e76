"""The log group of a service's tasks: made here, or existing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.inputs.arns import last_part
from worker_service.inputs.names import log_group_name


@dataclass(frozen=True)
class LogGroup:
    """What the container, the roles and the alarms need of it."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


def log_group(name: str, args: Mapping[str, Any], parent: pulumi.Resource) -> LogGroup:
    """Make it, unless there is one."""
    if "log_group_arn" in args:
        arn = pulumi.Output.from_input(args["log_group_arn"])
        return LogGroup(arn.apply(last_part), arn)
    protect = args["protect"]
    made = aws.cloudwatch.LogGroup(
        f"{name}-log-group",
        name=log_group_name(args.get("log_group_prefix"), f"{name}-log-group"),
        retention_in_days=args["log_retention_days"],
        kms_key_id=args.get("log_kms_key_arn"),
        tags=args["tags"],
        opts=pulumi.ResourceOptions(parent=parent, protect=protect, retain_on_delete=protect),
    )
    return LogGroup(made.name, made.arn)
