"""A dead-letter queue and the queue that its messages go back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker_ops.account import Account
from worker_ops.errors import OpsError
from worker_ops.places.place import WorkQueue
from worker_ops.queues import QueueCounts, queue_counts


@dataclass(frozen=True)
class DeadLetterQueue:
    """A dead-letter queue behind a worker's queue."""

    account: Account
    url: str
    source_url: str

    @property
    def name(self) -> str:
        """The dead-letter queue's name."""
        return self.url.rpartition("/")[2]

    @property
    def is_fifo(self) -> bool:
        """Whether it keeps the order of groups."""
        return self.url.endswith(".fifo")

    def counts(self) -> QueueCounts:
        """What lies in it."""
        return queue_counts(self.account, self.url)

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """A call of SQS on the dead-letter queue."""
        return self.account.call("sqs", operation, QueueUrl=self.url, **arguments)


def dead_letter_queue(account: Account, queue: WorkQueue) -> DeadLetterQueue:
    """The queue's dead-letter queue. Raises OpsError where it has none."""
    if queue.dead_letter_queue_url is None:
        raise OpsError(f"queue {queue.url.rpartition('/')[2]} has no dead-letter queue")
    return DeadLetterQueue(account, queue.dead_letter_queue_url, queue.url)
