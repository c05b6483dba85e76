"""What AWS Copilot leaves in an account for a Worker Service, made in the emulator.

Names, policies and settings are those of its published templates (internal/pkg/template/templates/workloads/partials/cf
of github.com/aws/copilot-cli, Apache-2.0): publish.yml and subscribe.yml. CloudFormation's names end in random letters.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from local.aws import Aws

_STACK = "shop-test-orders"
_TOPIC = "shop-test-frontend-placed"
TAGS = {"copilot-application": "shop", "copilot-environment": "test", "copilot-service": "orders"}
TRIES = 3
TIMEOUT_SECONDS = 60
DEAD_LETTER_RETENTION_SECONDS = 1_209_600


@dataclass(frozen=True)
class CopilotService:
    """The service's ids."""

    topic_arn: str
    queue_url: str
    queue_arn: str
    dead_letter_queue_url: str
    dead_letter_queue_arn: str
    subscription_arn: str
    key_arn: str
    task_role_arn: str


def copilot_service(aws: Aws) -> CopilotService:
    """Make a topic of one service, and the queues of another one that subscribes to it."""
    task_role_arn = _task_role(aws)
    key = aws.client("kms").create_key(Policy=_key_policy(task_role_arn), Tags=_tag_list("TagKey", "TagValue"))
    key_id, key_arn = key["KeyMetadata"]["KeyId"], key["KeyMetadata"]["Arn"]
    topic_arn = aws.client("sns").create_topic(Name=_TOPIC, Attributes={"KmsMasterKeyId": "alias/aws/sns"})["TopicArn"]
    dead_url, dead_arn = _queue(
        aws, "DeadLetterQueue-fghij67890KL", KmsMasterKeyId=key_id, MessageRetentionPeriod=DEAD_LETTER_RETENTION_SECONDS
    )
    queue_url, queue_arn = _queue(
        aws,
        "EventsQueue-abcde12345FG",
        KmsMasterKeyId=key_id,
        VisibilityTimeout=TIMEOUT_SECONDS,
        RedrivePolicy=json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": TRIES}),
    )
    consumes = {
        "Effect": "Allow",
        "Principal": {"AWS": [task_role_arn]},
        "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
    }
    delivers = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": ["sqs:SendMessage"],
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    _set_policy(aws, dead_url, {**consumes, "Resource": dead_arn})
    _set_policy(aws, queue_url, {**consumes, "Resource": queue_arn}, delivers)
    subscription_arn = aws.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    return CopilotService(topic_arn, queue_url, queue_arn, dead_url, dead_arn, subscription_arn, key_arn, task_role_arn)


def _task_role(aws: Aws) -> str:
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = aws.client("iam").create_role(
        RoleName=f"{_STACK}-TaskRole-mnopq12345RS", AssumeRolePolicyDocument=_document(trust)
    )
    return role["Role"]["Arn"]


def _queue(aws: Aws, name: str, **attributes: object) -> tuple[str, str]:
    sqs = aws.client("sqs")
    settings = {key: str(value) for key, value in attributes.items()}
    url = sqs.create_queue(QueueName=f"{_STACK}-{name}", Attributes=settings, tags=TAGS)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def _set_policy(aws: Aws, queue_url: str, *statements: dict[str, object]) -> None:
    aws.client("sqs").set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": _document(*statements)})


def _key_policy(task_role_arn: str) -> str:
    account = task_role_arn.split(":")[4]
    uses = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
    by_principal: list[tuple[dict[str, str], list[str]]] = [
        ({"AWS": f"arn:aws:iam::{account}:root"}, ["kms:*"]),
        ({"Service": "sns.amazonaws.com"}, ["kms:Decrypt", "kms:GenerateDataKey*"]),
        ({"Service": "sqs.amazonaws.com"}, uses),
        ({"AWS": task_role_arn}, ["kms:Encrypt", "kms:Decrypt"]),
    ]
    return _document(
        *(
            {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": "*"}
            for principal, actions in by_principal
        )
    )


def _document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _tag_list(key: str, value: str) -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in TAGS.items()]
