"""The queues of both sides, and what still lies in the old ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker_ops.account import Account
from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.policy_reach import Document
from worker_ops.queues import QueueCounts, counts_of, queue_attributes


@dataclass(frozen=True)
class Queue:
    """A queue, as SQS has it now."""

    url: str
    arn: str
    counts: QueueCounts
    key_id: str | None
    """KMS key that it is encrypted with."""
    is_dead_letters: bool
    policy: Document
    """Who may do what with it."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.arn.rpartition(":")[2]


def queue_at(account: Account, url: str, *, is_dead_letters: bool = False) -> Queue:
    """The queue of this URL."""
    return _queue(url, queue_attributes(account, url), is_dead_letters=is_dead_letters)


def queue_with_dead_letters(account: Account, url: str) -> list[Queue]:
    """The queue, and the dead-letter queue behind it where it has one."""
    attributes = queue_attributes(account, url)
    queue = _queue(url, attributes, is_dead_letters=False)
    if "RedrivePolicy" not in attributes:
        return [queue]
    name = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
    dead_url = account.call("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
    return [queue, queue_at(account, dead_url, is_dead_letters=True)]


def _queue(url: str, attributes: dict[str, str], *, is_dead_letters: bool) -> Queue:
    key_id = attributes.get("KmsMasterKeyId")
    policy = json.loads(attributes.get("Policy") or "{}")
    return Queue(url, attributes["QueueArn"], counts_of(attributes), key_id, is_dead_letters, policy)


def of_queues(old: Sequence[Queue]) -> Iterator[Check]:
    """What lies in an old queue and its dead-letter queue goes with the stack."""
    for queue in old:
        otherwise = "goes on until the old worker has handled it"
        if queue.is_dead_letters:
            otherwise = f"look at it, redrive or save it: workers dead-letters list --queue {queue.url}"
        counts = queue.counts
        held = f"{counts.visible} visible, {counts.in_flight} in flight, {counts.delayed} delayed: {otherwise}"
        is_empty = counts.total == 0
        yield Check(queue.name, is_empty, "is empty" if is_empty else held, Step.DELETE)
