"""What is left of a move: the old queues and the new ones, as the account has them now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from worker_ops.account import Account
from worker_ops.queues import QueueCounts, queue_attributes, queue_counts


class Step(Enum):
    """A step of a move that cannot be taken back."""

    UNSUBSCRIBE = "unsubscribe"
    """End the old subscriptions."""
    DELETE = "delete"
    """Delete the old stack, and its queues with it."""


@dataclass(frozen=True)
class Check:
    """Something that has to be so before a step."""

    subject: str
    is_met: bool
    told: str
    before: Step

    def document(self) -> dict[str, Any]:
        """For other programs."""
        return {**asdict(self), "before": self.before.value}


def checks(account: Account, old_urls: Sequence[str], new_urls: Sequence[str]) -> list[Check]:
    """What is checked before both steps; what is needed to unsubscribe is needed to delete too."""
    old = {url: queue_attributes(account, url) for url in old_urls}
    new_arns = [queue_attributes(account, url)["QueueArn"] for url in new_urls]
    subscriptions = _subscriptions(account)
    old_arns = [attributes["QueueArn"] for attributes in old.values()]
    found = [*_of_topics(old_arns, new_arns, subscriptions)]
    for url, attributes in old.items():
        found += _of_queue(account, url, attributes)
    return found


def _subscriptions(account: Account) -> list[dict[str, str]]:
    """All subscriptions of queues in the account and region."""
    found: list[dict[str, str]] = []
    page: dict[str, str] = {}
    while True:
        answer = account.call("sns", "list_subscriptions", **page)
        found += [one for one in answer["Subscriptions"] if one["Protocol"] == "sqs"]
        if not answer.get("NextToken"):
            return found
        page = {"NextToken": answer["NextToken"]}


def _of_topics(
    old_arns: Sequence[str], new_arns: Sequence[str], subscriptions: Iterable[dict[str, str]]
) -> Iterator[Check]:
    """A topic of an old queue has to deliver to a new one first, and to that alone before the old stack goes."""
    subscriptions = list(subscriptions)
    to_new = {one["TopicArn"] for one in subscriptions if one["Endpoint"] in new_arns}
    for one in subscriptions:
        if one["Endpoint"] not in old_arns:
            continue
        topic = one["TopicArn"]
        has_new = topic in to_new
        told = "delivers to a new queue too" if has_new else "delivers to the old queue alone: `pulumi up` comes first"
        yield Check(topic, has_new, told, Step.UNSUBSCRIBE)
        end = f"every message is handled twice: aws sns unsubscribe --subscription-arn {one['SubscriptionArn']}"
        yield Check(topic, is_met=False, told=end if has_new else "is still the old queue's", before=Step.DELETE)
    if not to_new:
        names = ", ".join(arn.rpartition(":")[2] for arn in new_arns)
        yield Check(names, is_met=False, told="no topic delivers to the new queues", before=Step.UNSUBSCRIBE)


def _of_queue(account: Account, url: str, attributes: dict[str, str]) -> Iterator[Check]:
    """What lies in an old queue and its dead-letter queue goes with the stack, and so does the key."""
    counts = [_counted(url, queue_counts(account, url), "goes on until the old worker has handled it")]
    if policy := attributes.get("RedrivePolicy"):
        name = json.loads(policy)["deadLetterTargetArn"].rpartition(":")[2]
        dead = account.call("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
        told = f"look at it, redrive or save it: workers dead-letters list --queue {dead}"
        counts.append(_counted(dead, queue_counts(account, dead), told))
    yield from counts
    if key := attributes.get("KmsMasterKeyId"):
        is_empty = all(count.is_met for count in counts)
        told = (
            "nothing here is encrypted with it any more"
            if is_empty
            else "what lies in the queues cannot be read without it"
        )
        yield Check(f"key {key}", is_empty, told, Step.DELETE)


def _counted(url: str, counts: QueueCounts, otherwise: str) -> Check:
    name = url.rpartition("/")[2]
    if counts.total == 0:
        return Check(name, is_met=True, told="is empty", before=Step.DELETE)
    held = f"{counts.visible} visible, {counts.in_flight} in flight, {counts.delayed} delayed"
    return Check(name, is_met=False, told=f"{held}: {otherwise}", before=Step.DELETE)
