"""The topics of the old queues: what they deliver to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from worker_ops.account import Account
from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.policy_reach import lets_topic
from worker_ops.migrate.both_sides.queues import Queue


def queue_subscriptions(account: Account) -> list[dict[str, str]]:
    """All subscriptions of queues in the account and region."""
    pages = account.pages("sns", "list_subscriptions")
    return [one for page in pages for one in page["Subscriptions"] if one["Protocol"] == "sqs"]


def of_topics(
    account: Account, subscriptions: Sequence[dict[str, str]], old: Sequence[Queue], new: Sequence[Queue]
) -> Iterator[Check]:
    """A topic of an old queue has to deliver to a new one first, and to that alone before the old stack goes."""
    old_arns, new_arns = ([queue.arn for queue in side if not queue.is_dead_letters] for side in (old, new))
    to_new = [one for one in subscriptions if one["Endpoint"] in new_arns and _is_confirmed(one)]
    for one in subscriptions:
        if one["Endpoint"] not in old_arns:
            continue
        topic = one["TopicArn"]
        successors = [other for other in to_new if other["TopicArn"] == topic]
        has_new = bool(successors)
        told = "delivers to a new queue too" if has_new else "delivers to the old queue alone: `pulumi up` comes first"
        yield Check(topic, has_new, told, Step.UNSUBSCRIBE)
        end = f"every message is handled twice: aws sns unsubscribe --subscription-arn {one['SubscriptionArn']}"
        yield Check(topic, is_met=False, told=end if has_new else "is still the old queue's", before=Step.DELETE)
        if has_new and _is_confirmed(one):
            yield from _of_deliveries(account, one, successors)
    yield from _of_queue_policies({queue.arn: queue for queue in new}, to_new)
    if not to_new:
        names = ", ".join(arn.rpartition(":")[2] for arn in new_arns)
        yield Check(names, is_met=False, told="no topic delivers to the new queues", before=Step.UNSUBSCRIBE)


def _of_queue_policies(new: Mapping[str, Queue], subscriptions: Sequence[dict[str, str]]) -> Iterator[Check]:
    """A topic delivers into a queue whose policy lets it, and only then."""
    for one in subscriptions:
        queue = new[one["Endpoint"]]
        if not lets_topic(queue.policy, one["TopicArn"]):
            told = (
                f"its policy does not let sns.amazonaws.com sqs:SendMessage from {one['TopicArn']}: what the topic"
                " delivers does not arrive"
            )
            yield Check(queue.name, is_met=False, told=told, before=Step.UNSUBSCRIBE)


def _of_deliveries(account: Account, old: dict[str, str], successors: Sequence[dict[str, str]]) -> Iterator[Check]:
    """What a new filter leaves out and the old one let through reaches nobody, and no queue or alarm shows it."""
    topic = old["TopicArn"]
    before, *now = (_attributes(account, one) for one in (old, *successors))
    wanted, filters = _filter(before), [_filter(one) for one in now]
    look = f"aws sns get-subscription-attributes --subscription-arn {old['SubscriptionArn']}"
    if wanted not in filters and None not in filters:
        told = (
            "no new queue has the old queue's filter policy, or none: what the new ones leave out is lost; compare"
            f" them, {look}"
        )
        yield Check(topic, is_met=False, told=told, before=Step.UNSUBSCRIBE, is_choice=True)
    raw = [one.get("RawMessageDelivery", "false") for one in (before, *now)]
    if raw[0] not in raw[1:]:
        told = f"is {raw[1]}, to the old queue {raw[0]}: handlers get another body; `raw_message_delivery`"
        yield Check(f"{topic}:RawMessageDelivery", is_met=False, told=told, before=Step.UNSUBSCRIBE, is_choice=True)
    if before.get("RedrivePolicy") and not any(one.get("RedrivePolicy") for one in now):
        told = f"no new subscription keeps what cannot be delivered, as the old one does; compare them, {look}"
        yield Check(f"{topic}:RedrivePolicy", is_met=False, told=told, before=Step.UNSUBSCRIBE)


def _filter(attributes: dict[str, str]) -> tuple[str, Any] | None:
    """Scope and filter policy; None where everything is delivered."""
    policy = json.loads(attributes.get("FilterPolicy") or "{}")
    return (attributes.get("FilterPolicyScope", "MessageAttributes"), policy) if policy else None


def _attributes(account: Account, subscription: dict[str, str]) -> dict[str, str]:
    arn = subscription["SubscriptionArn"]
    return account.call("sns", "get_subscription_attributes", SubscriptionArn=arn)["Attributes"]


def _is_confirmed(subscription: dict[str, str]) -> bool:
    """Until somebody confirms a subscription nothing is delivered, and it has no ARN."""
    return subscription["SubscriptionArn"].startswith("arn:")
