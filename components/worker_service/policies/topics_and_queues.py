"""The policies of the service's topics, queues and key, as pure functions from ARNs to documents."""

from typing import Any

from worker_service.inputs.arns import place_of
from worker_service.policies.statements import (
    DATA_KEY_ACTIONS,
    Document,
    account_policies_decide,
    allow,
    policy_document,
    refuse_plain_http,
)

_SNS = {"Service": "sns.amazonaws.com"}
_CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def queue_policy(*, queue_arn: str, topic_arn: str) -> Document:
    """Policy of either queue: TLS only, and SNS may send for the one topic.

    To the queue SNS delivers; to the dead-letter queue it sends what it could not deliver.
    https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html
    """
    delivering = allow("DeliverFromTopic", "sqs:SendMessage", queue_arn, ArnEquals={"aws:SourceArn": topic_arn})
    return policy_document({**delivering, "Principal": _SNS}, refuse_plain_http("sqs:*", queue_arn))


def topic_policy(*, topic_arn: str) -> Document:
    """Policy of the topic: TLS only. Principals of the account publish by their own policies."""
    return policy_document(refuse_plain_http("sns:Publish", topic_arn))


def alarm_topic_policy(*, topic_arn: str) -> Document:
    """Policy of the alarms' topic: TLS only, and CloudWatch may publish for this account's alarms."""
    publishing = allow("PublishAlarms", "sns:Publish", topic_arn, **_from_alarms_beside(topic_arn))
    return policy_document({**publishing, "Principal": _CLOUDWATCH}, refuse_plain_http("sns:Publish", topic_arn))


def key_policy(*, topic_arn: str, encrypts_alarms: bool) -> Document:
    """Policy of the service's key: the account's own policies decide, and SNS may use it for the one topic.

    Without the second statement an encrypted queue silently gets nothing, and without the third, which is there with
    `encrypts_alarms`, an encrypted topic for alarms gets none.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    place = place_of(topic_arn)
    # In a key's policy "*" names the key itself, and KMS takes nothing else.
    delivering = allow("DeliverFromTopic", DATA_KEY_ACTIONS, "*", ArnEquals={"aws:SourceArn": topic_arn})
    statements = [account_policies_decide(place.partition, place.account_id), {**delivering, "Principal": _SNS}]
    if encrypts_alarms:
        encrypting = allow("EncryptAlarms", DATA_KEY_ACTIONS, "*", **_from_alarms_beside(topic_arn))
        statements.append({**encrypting, "Principal": _CLOUDWATCH})
    return policy_document(*statements)


def _from_alarms_beside(arn: str) -> dict[str, Any]:
    """Conditions: the caller acts for an alarm of the ARN's account and region, which is named when it is made."""
    place = place_of(arn)
    return {
        "StringEquals": {"aws:SourceAccount": place.account_id},
        "ArnLike": {"aws:SourceArn": f"arn:{place.partition}:cloudwatch:{place.region}:{place.account_id}:alarm:*"},
    }
