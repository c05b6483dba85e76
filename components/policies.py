"""Every policy document of the worker service, as pure functions from ARNs to dicts.

Wildcard resources are used where AWS offers nothing narrower, and each such line says why.
"""

from typing import Any

from components.arns import ecr_repository_arn, place_of

Document = dict[str, Any]

#: What the worker runtime calls on its queue.
QUEUE_CONSUMER_ACTIONS = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
]

#: What publishing to an encrypted topic and reading from an encrypted queue need.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
DATA_KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey"]

#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
EXECUTE_COMMAND_ACTIONS = [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
]


def _document(*statements: dict[str, Any]) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _refuse_plain_http(actions: str, resource_arn: str) -> dict[str, Any]:
    return {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        # A refusal must reach every caller, so its principal is everyone.
        "Principal": "*",
        "Action": actions,
        "Resource": resource_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def tasks_may_assume(cluster_arn: str) -> Document:
    """Trust policy of both roles: ECS tasks of this account and region, and no other account's (confused deputy).

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    place = place_of(cluster_arn)
    return _document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": place.account_id},
                # A task's ARN is not known before it runs.
                "ArnLike": {"aws:SourceArn": f"arn:{place.partition}:ecs:{place.region}:{place.account_id}:*"},
            },
        }
    )


def task_role_policy(
    *,
    queue_arn: str,
    dead_letter_queue_arn: str,
    topic_arn: str,
    key_arn: str,
    cluster_arn: str,
    execute_command: bool,
    scale_in_protection: bool,
) -> Document:
    """What the worker may do: consume its queue, send to its dead-letter queue, publish to its topic.

    With `scale_in_protection` it may also ask ECS not to stop it while it works.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
    """
    statements: list[dict[str, Any]] = [
        {"Sid": "ConsumeQueue", "Effect": "Allow", "Action": QUEUE_CONSUMER_ACTIONS, "Resource": queue_arn},
        {
            "Sid": "RejectToDeadLetterQueue",
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Resource": dead_letter_queue_arn,
        },
        {"Sid": "PublishToTopic", "Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn},
        {"Sid": "UseKey", "Effect": "Allow", "Action": DATA_KEY_ACTIONS, "Resource": key_arn},
    ]
    if scale_in_protection:
        statements.append(
            {
                "Sid": "ProtectOwnTask",
                "Effect": "Allow",
                "Action": "ecs:UpdateTaskProtection",
                "Resource": _tasks_of(cluster_arn),
            }
        )
    if execute_command:
        statements.append(
            {
                "Sid": "ExecuteCommand",
                "Effect": "Allow",
                "Action": EXECUTE_COMMAND_ACTIONS,
                # These actions know no resource: https://docs.aws.amazon.com/service-authorization/
                "Resource": "*",
            }
        )
    return _document(*statements)


def demand_publisher_policy(*, service_arn: str) -> Document:
    """What a task needs to publish its service's shortfall: its own description, which names its service, and that."""
    return _document(
        {"Sid": "FindService", "Effect": "Allow", "Action": "ecs:DescribeTasks", "Resource": _tasks_of(service_arn)},
        {
            "Sid": "ReadDesiredCount",
            "Effect": "Allow",
            "Action": "ecs:DescribeServices",
            "Resource": service_arn,
        },
    )


def _tasks_of(cluster_or_service_arn: str) -> str:
    """ARN pattern of the cluster's tasks: ECS names a task when it starts it."""
    place = place_of(cluster_or_service_arn)
    cluster_name = cluster_or_service_arn.split("/")[1]
    return f"arn:{place.partition}:ecs:{place.region}:{place.account_id}:task/{cluster_name}/*"


def execution_role_policy(*, log_group_arn: str, image: str) -> Document:
    """What ECS may do to start a task: write its log, and pull its image where ECR holds it."""
    statements: list[dict[str, Any]] = [
        {
            "Sid": "WriteLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            # Log streams are named by ECS when a task starts.
            "Resource": f"{log_group_arn}:log-stream:*",
        }
    ]
    repository_arn = ecr_repository_arn(image, place_of(log_group_arn).partition)
    if repository_arn is not None:
        statements += [
            {
                "Sid": "PullImage",
                "Effect": "Allow",
                "Action": [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                "Resource": repository_arn,
            },
            {
                "Sid": "LogInToRegistry",
                "Effect": "Allow",
                "Action": "ecr:GetAuthorizationToken",
                # A registry's token belongs to no repository: the action knows no resource.
                "Resource": "*",
            },
        ]
    return _document(*statements)


def queue_policy(*, queue_arn: str, topic_arn: str) -> Document:
    """Policy of either queue: TLS only, and SNS may send for the one topic.

    To the queue SNS delivers; to the dead-letter queue it sends what it could not deliver.
    https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html
    """
    return _document(
        {
            "Sid": "DeliverFromTopic",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        },
        _refuse_plain_http("sqs:*", queue_arn),
    )


def topic_policy(*, topic_arn: str) -> Document:
    """Policy of the topic: TLS only. Principals of the account publish by their own policies."""
    return _document(_refuse_plain_http("sns:Publish", topic_arn))


def alarm_topic_policy(*, topic_arn: str) -> Document:
    """Policy of the alarms' topic: TLS only, and CloudWatch may publish for this account's alarms."""
    return _document(
        {
            "Sid": "PublishAlarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": _from_alarms_beside(topic_arn),
        },
        _refuse_plain_http("sns:Publish", topic_arn),
    )


def _from_alarms_beside(arn: str) -> dict[str, Any]:
    """Condition: the caller acts for an alarm of the ARN's account and region, which is named when it is made."""
    place = place_of(arn)
    return {
        "StringEquals": {"aws:SourceAccount": place.account_id},
        "ArnLike": {"aws:SourceArn": f"arn:{place.partition}:cloudwatch:{place.region}:{place.account_id}:alarm:*"},
    }


def key_policy(*, topic_arn: str, encrypts_alarms: bool) -> Document:
    """Policy of the service's key: the account's own policies decide, and SNS may use it for the one topic.

    Without the second statement an encrypted queue silently gets nothing, and without the third, which is there with
    `encrypts_alarms`, an encrypted topic for alarms gets none.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    place = place_of(topic_arn)
    statements: list[dict[str, Any]] = [
        {
            "Sid": "AccountPoliciesDecide",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{place.partition}:iam::{place.account_id}:root"},
            "Action": "kms:*",
            # In a key's policy this names the key itself, and KMS takes nothing else.
            "Resource": "*",
        },
        {
            "Sid": "DeliverFromTopic",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": DATA_KEY_ACTIONS,
            # In a key's policy this names the key itself, and KMS takes nothing else.
            "Resource": "*",
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        },
    ]
    if encrypts_alarms:
        statements.append(
            {
                "Sid": "EncryptAlarms",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": DATA_KEY_ACTIONS,
                # In a key's policy this names the key itself, and KMS takes nothing else.
                "Resource": "*",
                "Condition": _from_alarms_beside(topic_arn),
            }
        )
    return _document(*statements)
