"""The log of ECS Exec's sessions: who typed what into which task."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from worker_service.inputs.names import log_group_name


def execute_command_log(
    name: str,
    *,
    retention_days: int,
    kms_key_arn: pulumi.Input[str] | None,
    log_group_prefix: str | None,
    tags: Mapping[str, pulumi.Input[str]] | None,
    parent: pulumi.Resource,
) -> aws.cloudwatch.LogGroup:
    """Keep sessions for `retention_days`; `kms_key_arn` encrypts the log, or CloudWatch's own key."""
    return aws.cloudwatch.LogGroup(
        f"{name}-exec-sessions",
        name=log_group_name(log_group_prefix, f"{name}-exec-sessions"),
        retention_in_days=retention_days,
        kms_key_id=kms_key_arn,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def execute_command_configuration(
    log_group: aws.cloudwatch.LogGroup | None, *, encrypted_log: bool, session_key_arn: pulumi.Input[str] | None
) -> aws.ecs.ClusterConfigurationArgs | None:
    """What the cluster says of sessions: where they are logged, and with which key they are encrypted beside TLS.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
    """
    if log_group is None and session_key_arn is None:
        return None
    logged = None
    if log_group is not None:
        logged = aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
            cloud_watch_log_group_name=log_group.name, cloud_watch_encryption_enabled=encrypted_log
        )
    return aws.ecs.ClusterConfigurationArgs(
        execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
            kms_key_id=session_key_arn,
            logging="DEFAULT" if log_group is None else "OVERRIDE",
            log_configuration=logged,
        )
    )
