"""What every IAM document is made of: statements, and the lists of actions that several documents need."""

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]
Statement = dict[str, Any]

#: What publishing to an encrypted topic, reading from an encrypted queue, and reading and writing encrypted artifacts
#: need.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
DATA_KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey"]

#: What pulling an image needs.
PULL_ACTIONS = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


#: What the worker runtime calls on its queue.
QUEUE_CONSUMER_ACTIONS = [
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
]


def policy_document(*statements: Statement) -> Document:
    """The document of the statements, in the one version of IAM's language that is not out of date."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: str | Sequence[str], resources: str | Sequence[str], **conditions: Any) -> Statement:
    """Allow the actions on the resources; `conditions` are IAM's operators, each with its keys and values."""
    action = actions if isinstance(actions, str) else list(actions)
    resource = resources if isinstance(resources, str) else list(resources)
    condition = {"Condition": conditions} if conditions else {}
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource, **condition}


def service_may_assume(service: str, **conditions: Any) -> Document:
    """Trust policy: the AWS service, by the first part of its principal's name, under the conditions."""
    principal = {"Service": f"{service}.amazonaws.com"}
    condition = {"Condition": conditions} if conditions else {}
    return policy_document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **condition})


def refuse_plain_http(actions: str, resources: str | Sequence[str]) -> Statement:
    """Refuse the actions to everyone who does not use TLS."""
    return {
        "Sid": "RefusePlainHttp",
        "Effect": "Deny",
        # A refusal must reach every caller, so its principal is everyone.
        "Principal": "*",
        "Action": actions,
        "Resource": resources,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def account_policies_decide(partition: str, account_id: str) -> Statement:
    """In a key's policy: who may use the key is decided by the account's own policies."""
    # In a key's policy "*" names the key itself, and KMS takes nothing else.
    statement = allow("AccountPoliciesDecide", "kms:*", "*")
    return {**statement, "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"}}


def write_log(log_group_arn: str) -> Statement:
    """Write to the log group; its streams are named when a task or a build starts."""
    return allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:log-stream:*")


def read_objects(name: str, arns: Sequence[str]) -> list[Statement]:
    """Read these objects in S3, and find their buckets; `name` is in the statements' ids."""
    buckets = sorted({arn.split("/", 1)[0] for arn in arns})
    return [
        allow(f"Read{name}", "s3:GetObject", sorted(arns)),
        allow(f"Find{name}", "s3:GetBucketLocation", buckets),
    ]


def log_in_to_registry() -> Statement:
    """Log in to ECR. A registry's token belongs to no repository: the action knows no resource."""
    return allow("LogInToRegistry", "ecr:GetAuthorizationToken", "*")
