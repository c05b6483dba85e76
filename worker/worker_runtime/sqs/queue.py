"""The queue: the few calls to SQS that the worker makes, whichever way they reach it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from worker_runtime.sqs.transport import ANSWER_SECONDS, Transport

_SYSTEM_ATTRIBUTES = (
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SentTimestamp",
    "MessageGroupId",
    "AWSTraceHeader",
)
#: Failures of one batch entry that a second try cannot mend: the receipt handle no longer holds the message.
_LOST_CODES = ("ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight", "InvalidIdFormat")


@dataclass(frozen=True)
class Failure:
    """One entry of a batch that failed."""

    index: int
    code: str
    lost: bool
    """The receipt handle no longer holds the message: another try is useless."""


@dataclass(frozen=True)
class QueueAttributes:
    """What the worker needs to know of its queue."""

    visibility_timeout_seconds: int
    dead_letter_url: str | None
    max_receive_count: int | None


class Queue:
    """One SQS queue."""

    def __init__(self, url: str, transport: Transport) -> None:
        self.url = url
        self.is_fifo = url.endswith(".fifo")
        self._transport = transport

    def attributes(self) -> QueueAttributes:
        """Read the queue's own settings."""
        answer = self._call("GetQueueAttributes", {"AttributeNames": ["All"]})
        attributes = answer.get("Attributes", {})
        redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
        target = redrive.get("deadLetterTargetArn")
        return QueueAttributes(
            visibility_timeout_seconds=int(attributes["VisibilityTimeout"]),
            # A dead-letter queue lies in its source's account and region, so only the name differs.
            dead_letter_url=f"{self.url.rpartition('/')[0]}/{target.rpartition(':')[2]}" if target else None,
            max_receive_count=int(redrive["maxReceiveCount"]) if target else None,
        )

    def receive(self, most: int, wait_seconds: int) -> list[dict[str, Any]]:
        """Receive up to `most` messages (1 to 10), waiting up to `wait_seconds` (0 to 20) for the first."""
        parameters = {
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": wait_seconds,
            "MessageSystemAttributeNames": _SYSTEM_ATTRIBUTES,
            "MessageAttributeNames": ("All",),
        }
        return self._call("ReceiveMessage", parameters, wait_seconds).get("Messages", [])

    def delete(self, receipt_handles: Sequence[str]) -> list[Failure]:
        """Delete up to ten messages; returns the entries that failed."""
        entries = [{"Id": str(index), "ReceiptHandle": handle} for index, handle in enumerate(receipt_handles)]
        return _failures(self._call("DeleteMessageBatch", {"Entries": entries}))

    def change_visibility(self, changes: Sequence[tuple[str, int]]) -> list[Failure]:
        """Set when up to ten messages become visible: pairs of receipt handle and seconds from now (0 to
        43,200)."""
        entries = [
            {"Id": str(index), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
            for index, (handle, seconds) in enumerate(changes)
        ]
        return _failures(self._call("ChangeMessageVisibilityBatch", {"Entries": entries}))

    def send_to(self, url: str, parameters: dict[str, Any]) -> None:
        """Send a message to another queue of the same account and region."""
        self._transport.call("SendMessage", {"QueueUrl": url, **parameters}, ANSWER_SECONDS)

    def stop_waiting(self) -> None:
        """End the long polls under way as far as the transport can."""
        self._transport.interrupt()

    def _call(self, operation: str, parameters: dict[str, Any], wait_seconds: int = 0) -> dict[str, Any]:
        parameters["QueueUrl"] = self.url
        return self._transport.call(operation, parameters, wait_seconds + ANSWER_SECONDS)


def _failures(answer: dict[str, Any]) -> list[Failure]:
    return [
        Failure(int(entry["Id"]), entry["Code"], entry["Code"].rpartition(".")[2] in _LOST_CODES)
        for entry in answer.get("Failed") or ()
    ]
