"""What sends to a queue: topics with their filters, and rules, as the queue's own policy and SNS tell it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from worker_ops.account import Account

_SOURCE_ARN = "aws:sourcearn"


@dataclass(frozen=True)
class Source:
    """A topic, or whatever else may send to a queue."""

    arn: str
    name: str
    service: str
    """AWS's own name of its service: sns, events, s3."""
    is_subscribed: bool = False
    """For a topic: whether it has a subscription of this queue."""
    filter_policy: str = ""
    """JSON; empty where every message passes."""
    filter_policy_scope: str = ""


def sources_of(account: Account, queue_attributes: dict[str, str]) -> list[Source]:
    """Who may send to the queue, by its policy, which names topics and rules as aws:SourceArn."""
    arns = sorted(set(_allowed_arns(queue_attributes.get("Policy", ""))))
    return [_source(account, arn, queue_attributes["QueueArn"]) for arn in arns]


def _allowed_arns(policy: str) -> Iterator[str]:
    statements = json.loads(policy)["Statement"] if policy else []
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement["Effect"] != "Allow":
            continue
        for condition in statement.get("Condition", {}).values():
            for key, arns in condition.items():
                if key.lower() == _SOURCE_ARN:
                    yield from [arns] if isinstance(arns, str) else arns


def _source(account: Account, arn: str, queue_arn: str) -> Source:
    service = arn.split(":")[2]
    source = Source(arn, arn.rpartition(":")[2].rpartition("/")[2], service)
    if service != "sns":
        return source
    subscription = next((one for one in _subscriptions(account, arn) if one["Endpoint"] == queue_arn), None)
    if subscription is None or not subscription["SubscriptionArn"].startswith("arn:"):
        return source
    attributes = account.call("sns", "get_subscription_attributes", SubscriptionArn=subscription["SubscriptionArn"])
    told = attributes["Attributes"]
    scope = told.get("FilterPolicyScope", "MessageAttributes") if told.get("FilterPolicy") else ""
    return Source(arn, source.name, service, True, told.get("FilterPolicy", ""), scope)


def _subscriptions(account: Account, topic_arn: str) -> Iterator[dict[str, Any]]:
    for page in account.pages("sns", "list_subscriptions_by_topic", TopicArn=topic_arn):
        yield from page["Subscriptions"]
