"""The topics of the old queues: what they deliver to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from worker_ops.account import Account
from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.queues import Queue


def of_topics(account: Account, old: Sequence[Queue], new: Sequence[Queue]) -> Iterator[Check]:
    """A topic of an old queue has to deliver to a new one first, and to that alone before the old stack goes."""
    old_arns, new_arns = ([queue.arn for queue in side if not queue.is_dead_letters] for side in (old, new))
    subscriptions = _subscriptions(account)
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
