"""What lies in the queues."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from local.aws import Aws
from worker_ops.queues import QueueCounts, counts_of

#: The attributes that the worker adds to a message it puts into the dead-letter queue.
_REASON = "worker.error_message"
_NO_REASON = "received too often without being processed"


@dataclass(frozen=True)
class DeadLetter:
    """A message in the dead-letter queue."""

    body: str
    reason: str


def queue_counts(aws: Aws, url: str) -> QueueCounts:
    """Count one queue."""
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return counts_of(attributes)


def dead_letters(aws: Aws, url: str) -> list[DeadLetter]:
    """Up to ten messages of a dead-letter queue. They stay hidden for a second, and stay there."""
    received = aws.client("sqs").receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=1
    )
    return [DeadLetter(_published(message["Body"]), _reason(message)) for message in received.get("Messages", [])]


def _published(body: str) -> str:
    """What was published, out of SNS's envelope."""
    try:
        envelope = json.loads(body)
        return envelope["Message"] if envelope["Type"] == "Notification" else body
    except (ValueError, KeyError, TypeError):
        return body


def _reason(message: dict[str, Any]) -> str:
    reason = message.get("MessageAttributes", {}).get(_REASON, {})
    return reason.get("StringValue", _NO_REASON)
