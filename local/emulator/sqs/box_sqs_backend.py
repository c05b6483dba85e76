"""moto's SQS calls on the emulator's message store."""

from __future__ import annotations

import copy
import time
from typing import Any

from moto.core.common_models import CloudWatchMetricProvider
from moto.sqs.exceptions import InvalidParameterValue, SQSException
from moto.sqs.models import Message, Queue, SQSBackend, _filter_message_attributes, sqs_backends

from local.emulator.sqs.box_queue import MAXIMUM_VISIBILITY_SECONDS, BoxQueue
from local.emulator.sqs.message_rules import check_message
from local.emulator.sqs.message_store import Entry, MessageStore
from local.emulator.sqs.queue_metrics import queue_metrics


class BoxSqsBackend(SQSBackend, CloudWatchMetricProvider):
    """moto's SQS backend, its hot paths on the store, and its queues' metrics for CloudWatch."""

    __module__ = SQSBackend.__module__  # moto finds a service's table of URLs beside its backend

    @staticmethod
    def get_cloudwatch_metrics(account_id: str, region: str) -> Any:
        """Asked by moto's CloudWatch."""
        queues = list(sqs_backends[account_id][region].queues.values())
        return queue_metrics(queue for queue in queues if isinstance(queue, BoxQueue))

    def create_queue(self, name: str, tags: dict[str, str] | None = None, **attributes: Any) -> Queue:
        """Create one at a time: moto walks through its queues without a lock."""
        with MessageStore.lock:
            return super().create_queue(name, tags, **attributes)

    def _box_queue(self, queue_name: str) -> BoxQueue:
        queue = self.get_queue(queue_name)
        if not isinstance(queue, BoxQueue):
            raise TypeError(f"{queue_name} was created before the emulator started")
        return queue

    def send_message(
        self,
        queue_name: str,
        message_body: str,
        message_attributes: dict[str, Any] | None = None,
        *arguments: Any,
        **named: Any,
    ) -> Message:
        """Send what SQS takes."""
        message = {
            "MessageBody": message_body,
            "MessageAttributes": message_attributes,
            "MessageSystemAttributes": named.get("system_attributes"),
        }
        check_message(message, self.get_queue(queue_name).maximum_message_size)  # type: ignore[attr-defined]
        return super().send_message(queue_name, message_body, message_attributes, *arguments, **named)

    def send_message_batch(
        self, queue_name: str, entries: dict[str, dict[str, Any]]
    ) -> tuple[list[Message], list[dict[str, Any]]]:
        """Send up to ten messages, each with its own result."""
        most_bytes = self.get_queue(queue_name).maximum_message_size  # type: ignore[attr-defined]
        taken, refused = {}, []
        for number, entry in entries.items():
            try:
                check_message(entry, most_bytes)
                taken[number] = entry
            except SQSException as error:
                refused.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
        if not taken:
            return [], refused
        sent, failed = super().send_message_batch(queue_name, taken)
        return sent, [*refused, *failed]

    def receive_message(
        self,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Message]:
        """Receive, and move to the dead-letter queue what was received too often."""
        queue = self._box_queue(queue_name)

        def accept(entry: Entry) -> float | None:
            message, target = entry.message, queue.dead_letter_queue
            received_enough = queue.redrive_policy and (  # type: ignore[attr-defined]
                message.approximate_receive_count >= queue.redrive_policy["maxReceiveCount"]  # type: ignore[attr-defined]
            )
            if received_enough and isinstance(target, BoxQueue):
                target.take_dead_letter(message, queue.queue_arn)
                return None
            return visibility_timeout

        entries = queue.store.receive(count, wait_seconds_timeout, accept)
        return [self._received(queue, entry, message_attribute_names or []) for entry in entries]

    @staticmethod
    def _received(queue: BoxQueue, entry: Entry, attribute_names: list[str]) -> Message:
        message = entry.message
        message.approximate_receive_count += 1
        message.approximate_first_receive_timestamp = message.approximate_first_receive_timestamp or int(
            time.time() * 1000
        )
        answer = copy.copy(message)
        answer.receipt_handle = queue.store.handle(entry)
        _filter_message_attributes(answer, attribute_names)
        return answer

    def change_message_visibility(self, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        """Restart a message's visibility timeout."""
        self._box_queue(queue_name).change_visibility(receipt_handle, int(visibility_timeout))

    def change_message_visibility_batch(
        self, queue_name: str, entries: list[dict[str, Any]]
    ) -> tuple[list[str], list[dict[str, Any]]]:
        """The same for up to ten messages, each with its own result."""
        succeeded, failed = [], []
        for entry in entries:
            try:
                seconds = int(entry.get("VisibilityTimeout", 0))
                if not 0 <= seconds <= MAXIMUM_VISIBILITY_SECONDS:
                    raise InvalidParameterValue(
                        f"Value {seconds} for parameter VisibilityTimeout is invalid. "
                        f"Reason: Must be between 0 and {MAXIMUM_VISIBILITY_SECONDS}, if provided."
                    )
                self.change_message_visibility(queue_name, entry["ReceiptHandle"], seconds)
                succeeded.append(entry["Id"])
            except SQSException as error:
                failed.append({"Id": entry["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
        return succeeded, failed

    def delete_message_batch(
        self, queue_name: str, receipts: list[dict[str, Any]]
    ) -> tuple[list[str], list[dict[str, Any]]]:
        """Delete up to ten messages, each with its own result."""
        queue = self._box_queue(queue_name)
        succeeded, failed = [], []
        for receipt in receipts:
            try:
                queue.delete_message(receipt["ReceiptHandle"])
                succeeded.append(receipt["Id"])
            except SQSException as error:
                failed.append({"Id": receipt["Id"], "SenderFault": True, "Code": error.code, "Message": error.message})
        return succeeded, failed

    def purge_queue(self, queue_name: str) -> None:
        """Drop every message of the queue."""
        super().purge_queue(queue_name)
        self._box_queue(queue_name).store.clear()
