"""Flow logs of a VPC: who talked to whom, accepted and rejected, in a log group of their own."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from worker_service.inputs.names import log_group_name
from worker_service.policies.document import document
from worker_service.policies.flow_logs import flow_logs_may_assume, flow_logs_policy


def flow_logs(
    name: str,
    vpc_id: pulumi.Input[str],
    *,
    retention_days: int,
    kms_key_arn: pulumi.Input[str] | None,
    log_group_prefix: str | None,
    tags: Mapping[str, pulumi.Input[str]] | None,
    parent: pulumi.Resource,
) -> None:
    """Keep the VPC's flow logs for `retention_days`; `kms_key_arn` encrypts them, or CloudWatch's own key."""
    child = pulumi.ResourceOptions(parent=parent)
    log_group = aws.cloudwatch.LogGroup(
        f"{name}-flow-logs",
        name=log_group_name(log_group_prefix, f"{name}-flow-logs"),
        retention_in_days=retention_days,
        kms_key_id=kms_key_arn,
        tags=tags,
        opts=child,
    )
    role = aws.iam.Role(
        f"{name}-flow-logs-role",
        assume_role_policy=document(flow_logs_may_assume, log_group_arn=log_group.arn),
        tags=tags,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-flow-logs-role-policy",
        role=role.name,
        policy=document(flow_logs_policy, log_group_arn=log_group.arn),
        opts=child,
    )
    aws.ec2.FlowLog(
        f"{name}-flow-log",
        vpc_id=vpc_id,
        traffic_type="ALL",
        log_destination=log_group.arn,
        iam_role_arn=role.arn,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=policy),
    )
