"""The policies of the service's topics, queues and key, as pure functions from ARNs to documents."""

from collections.abc import Mapping, Sequence
from typing import Any

from worker_service.inputs.arns import place_of
from worker_service.policies.publishers import publisher_statements
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


def queue_policy(*, queue_arn: str, topic_arns: Sequence[str]) -> Document:
    """Policy of either queue: TLS only, and SNS may send for the topics that it is subscribed to.

    To the queue SNS delivers; to the dead-letter queue it sends what it could not deliver.
    https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html
    """
    delivering = allow("DeliverFromTopic", "sqs:SendMessage", queue_arn, ArnEquals=_for(topic_arns))
    return policy_document({**delivering, "Principal": _SNS}, refuse_plain_http("sqs:*", queue_arn))


def topic_policy(*, topic_arn: str, publishers: Mapping[str, Any] | None = None) -> Document:
    """Policy of the topic: TLS only. The account's principals publish by their own policies, `publishers` by this."""
    place = place_of(topic_arn)
    publishing = publisher_statements(
        publishers or {},
        sid="Publish",
        actions="sns:Publish",
        resource=topic_arn,
        partition=place.partition,
        account_id=place.account_id,
    )
    return policy_document(refuse_plain_http("sns:Publish", topic_arn), *publishing)


def alarm_topic_policy(*, topic_arn: str) -> Document:
    """Policy of the alarms' topic: TLS only, and CloudWatch may publish for this account's alarms."""
    publishing = allow("PublishAlarms", "sns:Publish", topic_arn, **_from_alarms_beside(topic_arn))
    return policy_document({**publishing, "Principal": _CLOUDWATCH}, refuse_plain_http("sns:Publish", topic_arn))


def key_policy(
    *,
    cluster_arn: str,
    topic_arns: Sequence[str],
    encrypts_alarms: bool,
    publishers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Document:
    """Policy of the service's key: the policies of the cluster's account decide, and SNS may use it for the topics.

    Without the second statement an encrypted queue silently gets nothing, and without the third, which is there with
    `encrypts_alarms`, an encrypted topic for alarms gets none.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    place = place_of(cluster_arn)
    # In a key's policy "*" names the key itself, and KMS takes nothing else.
    delivering = allow("DeliverFromTopic", DATA_KEY_ACTIONS, "*", ArnEquals=_for(topic_arns))
    statements = [account_policies_decide(place.partition, place.account_id), {**delivering, "Principal": _SNS}]
    if encrypts_alarms:
        encrypting = allow("EncryptAlarms", DATA_KEY_ACTIONS, "*", **_from_alarms_beside(cluster_arn))
        statements.append({**encrypting, "Principal": _CLOUDWATCH})
    for name, those in (publishers or {}).items():
        # In a key's policy "*" names the key itself.
        statements += publisher_statements(
            those,
            sid=f"Encrypt{name.title().replace('-', '')}",
            actions=DATA_KEY_ACTIONS,
            resource="*",
            partition=place.partition,
            account_id=place.account_id,
        )
    return policy_document(*statements)


def subscriber_policy(*, topic_arn: str, account_id: str) -> Document:
    """What the policy of another account's topic has to say beside its own: this account may subscribe to it.

    https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
    """
    partition = place_of(topic_arn).partition
    subscribing = allow(f"SubscribeFrom{account_id}", "sns:Subscribe", topic_arn)
    return policy_document({**subscribing, "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"}})


def _for(topic_arns: Sequence[str]) -> dict[str, Any]:
    """Condition: SNS acts for one of the topics."""
    return {"aws:SourceArn": topic_arns[0] if len(topic_arns) == 1 else list(topic_arns)}


def _from_alarms_beside(arn: str) -> dict[str, Any]:
    """Conditions: the caller acts for an alarm of the ARN's account and region, which is named when it is made."""
    place = place_of(arn)
    return {
        "StringEquals": {"aws:SourceAccount": place.account_id},
        "ArnLike": {"aws:SourceArn": f"arn:{place.partition}:cloudwatch:{place.region}:{place.account_id}:alarm:*"},
    }
