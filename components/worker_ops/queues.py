"""What SQS says of a queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker_ops.account import Account


@dataclass(frozen=True)
class QueueCounts:
    """Messages in one queue, as far as SQS knows."""

    visible: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.visible + self.in_flight + self.delayed


def queue_counts(account: Account, url: str) -> QueueCounts:
    """Count one queue."""
    return counts_of(queue_attributes(account, url))


def counts_of(attributes: Mapping[str, str]) -> QueueCounts:
    """The counts among a queue's attributes."""
    return QueueCounts(
        visible=int(attributes["ApproximateNumberOfMessages"]),
        in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(attributes["ApproximateNumberOfMessagesDelayed"]),
    )


def queue_arn(account: Account, url: str) -> str:
    """The queue's ARN, which SQS's move tasks ask for."""
    return queue_attributes(account, url)["QueueArn"]


def queue_attributes(account: Account, url: str) -> dict[str, str]:
    """All attributes of one queue."""
    return account.call("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
