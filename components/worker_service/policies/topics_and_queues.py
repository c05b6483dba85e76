"""The policies of the service's topics, queues and key, as pure functions from ARNs to documents."""

from collections.abc import Mapping, Sequence
from typing import Any

from worker_service.inputs.arns import place_of
from worker_service.policies.publishers import publisher_statements
from worker_service.policies.statements import (
    DATA_KEY_ACTIONS,
    QUEUE_CONSUMER_ACTIONS,
    Document,
    Statement,
    account_policies_decide,
    allow,
    policy_document,
    refuse_plain_http,
)

_SNS = {"Service": "sns.amazonaws.com"}
_EVENTS = {"Service": "events.amazonaws.com"}
_CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}


def queue_policy(*, queue_arn: str, topic_arns: Sequence[str], rule_arns: Sequence[str] = ()) -> Document:
    """Policy of either queue: TLS only, SNS may send for its topics and EventBridge for its rules.

    Without these nobody but the account's own principals sends.
    To the queue SNS delivers; to the dead-letter queue it sends what it could not deliver.
    https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html
    """
    events = allow("DeliverFromRule", "sqs:SendMessage", queue_arn, ArnEquals=_for(rule_arns)) if rule_arns else None
    return policy_document(
        *_delivering(queue_arn, topic_arns),
        *([{**events, "Principal": _EVENTS}] if events else []),
        refuse_plain_http("sqs:*", queue_arn),
    )


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
    delivers_events: bool = False,
    publishers: Mapping[str, Mapping[str, Any]] | None = None,
) -> Document:
    """Policy of the service's key: the policies of the cluster's account decide, and SNS may use it for the topics.

    Without the second statement an encrypted queue silently gets nothing. With `encrypts_alarms` CloudWatch may use it
    for an encrypted topic of alarms, with `delivers_events` EventBridge for queues.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    place = place_of(cluster_arn)
    # In a key's policy "*" names the key itself, and KMS takes nothing else.
    delivering = allow("DeliverFromTopic", DATA_KEY_ACTIONS, "*", ArnEquals=_for(topic_arns))
    statements = [account_policies_decide(place.partition, place.account_id), {**delivering, "Principal": _SNS}]
    if encrypts_alarms:
        encrypting = allow("EncryptAlarms", DATA_KEY_ACTIONS, "*", **_from_alarms_beside(cluster_arn))
        statements.append({**encrypting, "Principal": _CLOUDWATCH})
    if delivers_events:
        # EventBridge names neither rule nor account where it encrypts.
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
        statements.append({**allow("DeliverFromRule", DATA_KEY_ACTIONS, "*"), "Principal": _EVENTS})
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


def existing_queue_policy(queue_arn: str, topic_arns: Sequence[str], consumer_account_id: str | None) -> Document:
    """What an existing queue's policy has to say beside its own: its topics deliver, and another account consumes.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html
    """
    consuming = _by_account("ConsumeFrom", consumer_account_id, QUEUE_CONSUMER_ACTIONS, queue_arn)
    return policy_document(*_delivering(queue_arn, topic_arns), *consuming)


def existing_dead_letter_queue_policy(
    dead_letter_queue_arn: str, topic_arns: Sequence[str], consumer_account_id: str | None
) -> Document:
    """What its dead-letter queue's policy has to say: SNS sends what it cannot deliver, another account what fails."""
    rejecting = _by_account("RejectFrom", consumer_account_id, "sqs:SendMessage", dead_letter_queue_arn)
    return policy_document(*_delivering(dead_letter_queue_arn, topic_arns), *rejecting)


def delivery_key_policy(topic_arns: Sequence[str], queue_arn: str, consumer_account_id: str | None) -> Document:
    """What the policy of an existing queue's key has to say: SNS delivers with it, and another account consumes."""
    # In a key's policy "*" names the key itself.
    delivering = allow("DeliverFromTopic", DATA_KEY_ACTIONS, "*", ArnEquals=_for(topic_arns)) if topic_arns else None
    consuming = _by_account("ConsumeFrom", consumer_account_id, DATA_KEY_ACTIONS, "*", place_of(queue_arn).partition)
    return policy_document(*([{**delivering, "Principal": _SNS}] if delivering else []), *consuming)


def _delivering(queue_arn: str, topic_arns: Sequence[str]) -> list[Statement]:
    if not topic_arns:
        return []
    return [{**allow("DeliverFromTopic", "sqs:SendMessage", queue_arn, ArnEquals=_for(topic_arns)), "Principal": _SNS}]


def _by_account(
    sid: str, account_id: str | None, actions: str | Sequence[str], resource: str, partition: str | None = None
) -> list[Statement]:
    """The other account's own policies decide which of its principals."""
    if account_id is None:
        return []
    principal = f"arn:{partition or place_of(resource).partition}:iam::{account_id}:root"
    return [{**allow(f"{sid}{account_id}", actions, resource), "Principal": {"AWS": principal}}]


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
