"""What a task's two roles may do, and who may assume them, as pure functions from ARNs to documents.

Wildcard resources are used where AWS offers nothing narrower, and each such line says why.
"""

from collections.abc import Sequence

from worker_service.inputs.arns import ecr_repository_arn, place_of
from worker_service.policies.large_messages import use_large_messages
from worker_service.policies.statements import (
    DATA_KEY_ACTIONS,
    PULL_ACTIONS,
    QUEUE_CONSUMER_ACTIONS,
    Document,
    Statement,
    allow,
    log_in_to_registry,
    policy_document,
    read_objects,
    service_may_assume,
    write_log,
)

#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
EXECUTE_COMMAND_ACTIONS = [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]

SESSION_LOG_ACTIONS = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]

#: What DynamoDBStore of the runtime calls.
ONCE_ACTIONS = ["dynamodb:DeleteItem", "dynamodb:UpdateItem"]

_MOUNT = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]


def tasks_may_assume(cluster_arn: str) -> Document:
    """Trust policy of both roles: ECS tasks of this account and region, and no other account's (confused deputy).

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    place = place_of(cluster_arn)
    return service_may_assume(
        "ecs-tasks",
        StringEquals={"aws:SourceAccount": place.account_id},
        # A task's ARN is not known before it runs.
        ArnLike={"aws:SourceArn": f"arn:{place.partition}:ecs:{place.region}:{place.account_id}:*"},
    )


def task_role_policy(
    *,
    queue_arns: Sequence[str],
    dead_letter_queue_arns: Sequence[str],
    topic_arns: Sequence[str],
    key_arn: str | None,
    queue_key_arns: Sequence[str],
    topic_key_arns: Sequence[str],
    cluster_arn: str,
    execute_command: bool,
    execute_command_log_group_arn: str | None = None,
    execute_command_key_arn: str | None = None,
    scale_in_protection: bool,
    once_table_arn: str | None = None,
    large_messages_bucket_arn: str | None = None,
    deletes_large_messages: bool = False,
    file_systems: Sequence[tuple[str, str]] = (),
    read_file_systems: Sequence[tuple[str, str]] = (),
    traces: bool = False,
    log_group_arn: str | None = None,
    router_files: Sequence[str] = (),
) -> Document:
    """What the worker may do: consume its queues, send to their dead-letter queues, publish to its topics, use their
    keys, remember in a table what was done once, and use a bucket of large bodies; and its sidecars: send `traces` to
    X-Ray, write to the log group, read the log router's files.

    With `scale_in_protection` it may also ask ECS not to stop it while it works.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
    """
    statements = [
        allow("ConsumeQueue", QUEUE_CONSUMER_ACTIONS, _one_or_all(queue_arns)),
        allow("RejectToDeadLetterQueue", "sqs:SendMessage", _one_or_all(dead_letter_queue_arns)),
    ]
    if topic_arns:
        statements.append(allow("PublishToTopic", "sns:Publish", _one_or_all(topic_arns)))
    if key_arn is not None:
        statements.append(allow("UseKey", DATA_KEY_ACTIONS, key_arn))
    if queue_key_arns:
        statements.append(allow("UseQueueKeys", DATA_KEY_ACTIONS, sorted(set(queue_key_arns))))
    if topic_key_arns:
        statements.append(allow("UseTopicKeys", DATA_KEY_ACTIONS, sorted(set(topic_key_arns))))
    statements += _stores(once_table_arn, large_messages_bucket_arn, delete=deletes_large_messages)
    if scale_in_protection:
        statements.append(allow("ProtectOwnTask", "ecs:UpdateTaskProtection", _tasks_of(cluster_arn)))
    mounts = [(*mount, _MOUNT) for mount in file_systems] + [(*mount, _MOUNT[:1]) for mount in read_file_systems]
    statements += [_mount(cluster_arn, *mount, index=index) for index, mount in enumerate(mounts)]
    statements += _telemetry(log_group_arn, router_files, traces=traces)
    if execute_command:
        # These actions know no resource: https://docs.aws.amazon.com/service-authorization/
        statements.append(allow("ExecuteCommand", EXECUTE_COMMAND_ACTIONS, "*"))
        statements += _sessions(execute_command_log_group_arn, execute_command_key_arn)
    return policy_document(*statements)


def _stores(once_table_arn: str | None, large_messages_bucket_arn: str | None, *, delete: bool) -> list[Statement]:
    """To keep what handlers have beside their messages."""
    statements = []
    if once_table_arn is not None:
        statements.append(allow("RememberOnce", ONCE_ACTIONS, once_table_arn))
    if large_messages_bucket_arn is not None:
        statements += use_large_messages(large_messages_bucket_arn, delete=delete)
    return statements


def _telemetry(log_group_arn: str | None, router_files: Sequence[str], *, traces: bool) -> list[Statement]:
    statements = []
    if traces:
        # Neither knows a resource.
        statements.append(allow("SendTraces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"))
    if log_group_arn is not None:
        statements.append(write_log(log_group_arn))
    if router_files:
        statements += read_objects("RouterFiles", router_files)
    return statements


def _sessions(log_group_arn: str | None, key_arn: str | None) -> list[Statement]:
    """To log and encrypt ECS Exec's sessions.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-logging
    """
    statements = []
    if log_group_arn is not None:
        # Groups are listed, which knows no resource but all of them.
        statements.append(allow("FindSessionLog", "logs:DescribeLogGroups", "*"))
        statements.append(allow("LogSessions", SESSION_LOG_ACTIONS, f"{log_group_arn}:*"))
    if key_arn is not None:
        statements.append(allow("EncryptSessions", "kms:Decrypt", key_arn))
    return statements


def _mount(
    cluster_arn: str, file_system_id: str, access_point_id: str, actions: Sequence[str], *, index: int
) -> Statement:
    """https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html"""
    place = place_of(cluster_arn)
    efs = f"arn:{place.partition}:elasticfilesystem:{place.region}:{place.account_id}"
    through = {"elasticfilesystem:AccessPointArn": f"{efs}:access-point/{access_point_id}"}
    return allow(f"MountFileSystem{index}", actions, f"{efs}:file-system/{file_system_id}", StringEquals=through)


def demand_publisher_policy(*, service_arn: str) -> Document:
    """What a task needs to publish unmet demand: its own description, which names its service, and the service's."""
    return policy_document(
        allow("FindService", "ecs:DescribeTasks", _tasks_of(service_arn)),
        allow("ReadDesiredCount", "ecs:DescribeServices", service_arn),
    )


def _one_or_all(arns: Sequence[str]) -> str | Sequence[str]:
    return arns[0] if len(arns) == 1 else arns


def _tasks_of(cluster_or_service_arn: str) -> str:
    """ARN pattern of the cluster's tasks: ECS names a task when it starts it."""
    place = place_of(cluster_or_service_arn)
    cluster_name = cluster_or_service_arn.split("/")[1]
    return f"arn:{place.partition}:ecs:{place.region}:{place.account_id}:task/{cluster_name}/*"


def execution_role_policy(
    *,
    log_group_arn: str,
    images: Sequence[str],
    secrets: Sequence[str],
    secret_kms_key_arns: Sequence[str],
    environment_files: Sequence[str] = (),
) -> Document:
    """What ECS may do to start a task: write its log, pull its images where ECR holds them, read exactly its secrets.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    repositories = sorted({arn for image in images if (arn := ecr_repository_arn(image)) is not None})
    pulling = [allow("PullImage", PULL_ACTIONS, _one_or_all(repositories)), log_in_to_registry()]
    reading = []
    if stored := sorted({_secret_of(arn) for arn in secrets if ":secretsmanager:" in arn}):
        reading.append(allow("ReadSecrets", "secretsmanager:GetSecretValue", stored))
    if parameters := sorted({arn for arn in secrets if ":ssm:" in arn}):
        reading.append(allow("ReadParameters", "ssm:GetParameters", parameters))
    if environment_files:
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
        reading += read_objects("EnvironmentFiles", environment_files)
    if secret_kms_key_arns:
        reading.append(allow("DecryptSecrets", "kms:Decrypt", sorted(secret_kms_key_arns)))
    return policy_document(write_log(log_group_arn), *(pulling if repositories else []), *reading)


def _secret_of(arn: str) -> str:
    """The secret's own ARN: ECS writes a field of it, a stage and a version behind."""
    return ":".join(arn.split(":")[:7])
