"""moto's SQS on the emulator's message store: fast with a backlog, and strict about receipt handles."""

from __future__ import annotations

import json
import time
from typing import Any

from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid, SQSException
from moto.sqs.models import Message, Queue

from local.emulator.sqs.message_store import Entry, MessageStore

MAXIMUM_VISIBILITY_SECONDS = 43_200


class MessageNotInflight(SQSException):
    """The handle's receive is over: the message is visible again or was received by another call."""

    def __init__(self) -> None:
        super().__init__("AWS.SimpleQueueService.MessageNotInflight", "The message referred to isn't in flight.")


class BoxMessage(Message):
    """A message that remembers which queue it was dead-lettered from."""

    dead_letter_source_arn: str | None = None
    delay_seconds = 0

    def __new__(cls, *_arguments: Any, **_named: Any) -> BoxMessage:
        """Without moto's list of all instances ever made, which would keep every message in memory."""
        return object.__new__(cls)

    def mark_sent(self, delay_seconds: int | None = None) -> None:
        """Stamp the message; the store counts the delay."""
        self.sent_timestamp = int(time.time() * 1000)  # type: ignore[assignment]
        self.delay_seconds = delay_seconds or 0


class BoxQueue(Queue):
    """moto's queue with its attributes, and its messages in a MessageStore."""

    BASE_ATTRIBUTES = [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]  # noqa: RUF012 (moto's own form)
    redrive_allow_policy: str | None = None

    def __init__(self, name: str, region: str, account_id: str, **attributes: Any) -> None:
        super().__init__(name, region, account_id, **attributes)
        self.store = MessageStore(self.fifo_queue, self._is_expired)
        self.move_tasks: list[Any] = []

    def _is_expired(self, message: Message) -> bool:
        return message.sent_timestamp / 1000 + self.message_retention_period <= time.time()  # type: ignore[operator]

    @property
    def approximate_number_of_messages(self) -> int:
        """Visible messages."""
        return self.store.counts()[0]

    @property
    def approximate_number_of_messages_not_visible(self) -> int:
        """Messages in flight."""
        return self.store.counts()[1]

    @property
    def approximate_number_of_messages_delayed(self) -> int:
        """Messages that wait for their delay."""
        return self.store.counts()[2]

    @property
    def attributes(self) -> dict[str, Any]:
        """All attributes. A KMS key switches SQS's own encryption off; times are whole seconds."""
        attributes = super().attributes
        if getattr(self, "kms_master_key_id", None):
            attributes["SqsManagedSseEnabled"] = "false"
        for name in ("CreatedTimestamp", "LastModifiedTimestamp"):
            attributes[name] = int(attributes[name])
        return attributes

    def add_message(self, message: Message) -> None:
        """Store a message, unless it repeats a deduplication id (which outlives its message)."""
        group = message.group_id
        if self.fifo_queue and message.deduplication_id:
            scope = group if getattr(self, "deduplication_scope", "queue") == "messageGroup" else None
            if self.store.is_duplicate(scope, message.deduplication_id):
                return
        number = self.store.add(message, group, getattr(message, "delay_seconds", 0))
        if self.fifo_queue:
            message.sequence_number = f"{number:020d}"

    def take_dead_letter(self, message: BoxMessage, source_arn: str) -> None:
        """Store a message of another queue that was received too often.

        A FIFO queue gives it a new enqueue time, and its own id for deduplication, as SQS does.
        """
        message.dead_letter_source_arn = source_arn
        message.delay_seconds = 0
        if self.fifo_queue:
            message.deduplication_id = message.id
            message.mark_sent()
        self.add_message(message)

    def delete_message(self, receipt_handle: str) -> None:
        """Delete by the latest handle. An older one succeeds and deletes nothing: the worst SQS may do."""
        entry, latest = self._find(receipt_handle)
        if entry is None or not latest:
            return
        if self.fifo_queue and not entry.in_flight:
            raise InvalidParameterValue(
                f"Value {receipt_handle} for parameter ReceiptHandle is invalid. "
                "Reason: The receipt handle has expired."
            )
        self.store.remove(entry)

    def change_visibility(self, receipt_handle: str, seconds: int) -> None:
        """Restart the visibility timeout of the handle's receive; MessageNotInflight when that is over."""
        entry, latest = self._find(receipt_handle)
        if entry is None:
            raise InvalidParameterValue(
                f"Value {receipt_handle} for parameter ReceiptHandle is invalid. "
                "Reason: Message does not exist or is not available for visibility timeout change."
            )
        if time.monotonic() - entry.received_at + seconds > MAXIMUM_VISIBILITY_SECONDS:
            raise InvalidParameterValue(
                f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total "
                f"VisibilityTimeout for the message is beyond the limit [{MAXIMUM_VISIBILITY_SECONDS}]"
            )
        if not latest or not self.store.change_visibility(entry, seconds):
            raise MessageNotInflight

    def _find(self, receipt_handle: str) -> tuple[Entry | None, bool]:
        try:
            return self.store.find(receipt_handle)
        except ValueError:
            raise ReceiptHandleIsInvalid from None

    def _set_attributes(self, attributes: dict[str, Any], now: float | None = None) -> None:
        with MessageStore.lock:
            if hasattr(self, "_policy_json"):
                # moto takes every change of attributes without a policy for the policy's removal.
                attributes = {"Policy": self.policy, **attributes}
            if "RedriveAllowPolicy" in attributes:
                attributes = {**attributes, "RedriveAllowPolicy": attributes["RedriveAllowPolicy"] or None}
            super()._set_attributes(attributes, now)

    def _setup_dlq(self, policy: Any) -> None:
        before = getattr(self, "redrive_policy", None), self.dead_letter_queue
        super()._setup_dlq(policy)
        target = self.dead_letter_queue
        if isinstance(target, BoxQueue) and not target.admits(self.queue_arn):
            self.redrive_policy, self.dead_letter_queue = before
            raise InvalidParameterValue(
                f"Value {policy} for parameter RedrivePolicy is invalid. Reason: The redrive allow policy of "
                f"the dead-letter queue {target.queue_arn} does not allow {self.queue_arn} as a source."
            )

    def admits(self, source_arn: str) -> bool:
        """Whether the redrive allow policy lets a queue dead-letter into this one (default: any queue)."""
        policy = json.loads(self.redrive_allow_policy or "{}")
        permission = policy.get("redrivePermission", "allowAll")
        return permission == "allowAll" or (permission == "byQueue" and source_arn in policy.get("sourceQueueArns", []))
