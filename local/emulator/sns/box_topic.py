"""moto's SNS without memory of every message, and with SNS's limit on a whole batch."""

from __future__ import annotations

from collections import deque
from typing import Any

from moto.sns.exceptions import SNSException
from moto.sns.models import SNSBackend, Topic

# https://docs.aws.amazon.com/sns/latest/dg/sns-batch-api-actions.html
MAXIMUM_BATCH_BYTES = 262_144
_SENT_KEPT = 100
#: A FIFO topic's first message has the number after this one, and each later one a greater.
_SEQUENCE_START = 10_000_000_000_000_000_000
_SEQUENCE_STEP = 1_000


class _BatchRequestTooLongError(SNSException):
    def __init__(self, size_bytes: int) -> None:
        super().__init__(
            "BatchRequestTooLong",
            f"The length of all the messages put together, {size_bytes} bytes, is more than the limit "
            f"of {MAXIMUM_BATCH_BYTES} bytes.",
        )


class BoxTopic(Topic):
    """A topic that doesn't keep every message that it ever sent, and numbers them where it is FIFO."""

    def __init__(self, name: str, sns_backend: SNSBackend) -> None:
        super().__init__(name, sns_backend)
        self.sent_notifications = deque(maxlen=_SENT_KEPT)  # type: ignore[assignment]
        self._numbered: tuple[str, int] = ("", _SEQUENCE_START)

    def sequence_number(self, message_id: str) -> str:
        """The number of the message that is published: the same for each subscription."""
        latest, number = self._numbered
        if latest != message_id:
            self._numbered = (message_id, number + _SEQUENCE_STEP)
        return str(self._numbered[1])


class BoxSnsBackend(SNSBackend):
    """moto limits each message of a batch, but not the batch."""

    __module__ = SNSBackend.__module__  # moto finds a service's table of URLs beside its backend

    def publish_batch(
        self, topic_arn: str, publish_batch_request_entries: list[dict[str, Any]]
    ) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
        """Publish up to ten messages, each with its own result."""
        size_bytes = sum(_size_bytes(entry) for entry in publish_batch_request_entries)
        if size_bytes > MAXIMUM_BATCH_BYTES:
            raise _BatchRequestTooLongError(size_bytes)
        return super().publish_batch(topic_arn, publish_batch_request_entries)


def _size_bytes(entry: dict[str, Any]) -> int:
    attributes = entry.get("MessageAttributes", {})
    return len(entry["Message"].encode()) + sum(
        len(text.encode())
        for name, attribute in attributes.items()
        for text in (name, attribute["Type"], str(attribute["Value"]))
    )
