"""What a task's two roles may do, and who may assume them, as pure functions from ARNs to documents.

Wildcard resources are used where AWS offers nothing narrower, and each such line says why.
"""

from collections.abc import Sequence

from worker_service.inputs.arns import ecr_repository_arn, place_of
from worker_service.policies.statements import (
    DATA_KEY_ACTIONS,
    PULL_ACTIONS,
    QUEUE_CONSUMER_ACTIONS,
    Document,
    allow,
    log_in_to_registry,
    policy_document,
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
    scale_in_protection: bool,
) -> Document:
    """What the worker may do: consume its queues, send to their dead-letter queues, publish to its topics, use their
    keys.

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
    if scale_in_protection:
        statements.append(allow("ProtectOwnTask", "ecs:UpdateTaskProtection", _tasks_of(cluster_arn)))
    if execute_command:
        # These actions know no resource: https://docs.aws.amazon.com/service-authorization/
        statements.append(allow("ExecuteCommand", EXECUTE_COMMAND_ACTIONS, "*"))
    return policy_document(*statements)


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
    *, log_group_arn: str, image: str, secrets: Sequence[str], secret_kms_key_arns: Sequence[str]
) -> Document:
    """What ECS may do to start a task: write its log, pull its image where ECR holds it, and read exactly its secrets.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    repository_arn = ecr_repository_arn(image)
    pulling = [] if repository_arn is None else [allow("PullImage", PULL_ACTIONS, repository_arn), log_in_to_registry()]
    reading = []
    if stored := sorted({_secret_of(arn) for arn in secrets if ":secretsmanager:" in arn}):
        reading.append(allow("ReadSecrets", "secretsmanager:GetSecretValue", stored))
    if parameters := sorted({arn for arn in secrets if ":ssm:" in arn}):
        reading.append(allow("ReadParameters", "ssm:GetParameters", parameters))
    if secret_kms_key_arns:
        reading.append(allow("DecryptSecrets", "kms:Decrypt", sorted(secret_kms_key_arns)))
    return policy_document(write_log(log_group_arn), *pulling, *reading)


def _secret_of(arn: str) -> str:
    """The secret's own ARN: ECS writes a field of it, a stage and a version behind."""
    return ":".join(arn.split(":")[:7])
