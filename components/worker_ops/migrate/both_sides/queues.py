"""The queues of both sides, and what still lies in the old ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    attributes: Mapping[str, str]
    """All that SQS says of it, by SQS's names."""

    @property
    def name(self) -> str:
        """Its name."""
        return self.arn.rpartition(":")[2]

    @property
    def redrive(self) -> Mapping[str, Any]:
        """Its redrive policy; empty where no dead-letter queue is behind it."""
        return json.loads(self.attributes.get("RedrivePolicy") or "{}")


def queue_at(account: Account, url: str, *, is_dead_letters: bool = False) -> Queue:
    """The queue of this URL."""
    attributes = queue_attributes(account, url)
    key_id = attributes.get("KmsMasterKeyId")
    policy = json.loads(attributes.get("Policy") or "{}")
    return Queue(url, attributes["QueueArn"], counts_of(attributes), key_id, is_dead_letters, policy, attributes)


def queue_with_dead_letters(account: Account, url: str) -> list[Queue]:
    """The queue, and the dead-letter queue behind it where it has one."""
    queue = queue_at(account, url)
    if not queue.redrive:
        return [queue]
    name = queue.redrive["deadLetterTargetArn"].rpartition(":")[2]
    dead_url = account.call("sqs", "get_queue_url", QueueName=name)["QueueUrl"]
    return [queue, queue_at(account, dead_url, is_dead_letters=True)]


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
