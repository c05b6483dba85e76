"""The dead-letter redrive: a task that moves what a dead-letter queue holds back to where it came from.

Rules: "configure a dead-letter queue redrive" in the SQS developer guide: what is moved counts as new (its
id, enqueue time and receive count), with its body, attributes and group as they were.
"""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from typing import Any

from moto.sqs.models import Message

from local.emulator.sqs.box_queue import BoxMessage, BoxQueue
from local.emulator.sqs.queue_by_arn import queue_by_arn


class _UndeliverableError(Exception):
    """A message whose destination is unknown or gone; the text is the task's failure reason."""


class MoveTask:
    """One task, in a thread of its own."""

    def __init__(self, source: BoxQueue, destination: BoxQueue | None, rate: int | None) -> None:
        self.source = source
        self.destination = destination
        self.rate = rate
        self.status = "RUNNING"
        self.moved = 0
        self.to_move = source.approximate_number_of_messages
        self.failure_reason = ""
        self.started_ms = int(time.time() * 1000)
        names = {"taskId": str(uuid.uuid4()), "sourceArn": source.queue_arn}
        self.handle = base64.b64encode(json.dumps(names).encode()).decode()
        self._end = source.store.next_number()
        self._cancelled = threading.Event()

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._run, name="move-task", daemon=True).start()

    def cancel(self) -> None:
        """Move no more messages."""
        self.status = "CANCELLING"
        self._cancelled.set()

    def _run(self) -> None:
        pause_seconds = 1 / self.rate if self.rate else 0
        while not self._cancelled.wait(pause_seconds):
            try:
                if not self.source.store.move_one(self._end, self._give):
                    self.status = "COMPLETED"
                    return
            except _UndeliverableError as error:
                self.status, self.failure_reason = "FAILED", str(error)
                return
        self.status = "CANCELLED"

    def _give(self, message: BoxMessage) -> None:
        destination = self.destination or queue_by_arn(message.dead_letter_source_arn or "")
        if not isinstance(destination, BoxQueue):
            known = message.dead_letter_source_arn
            raise _UndeliverableError("SourceQueueDoesNotExist" if known else "CouldNotDetermineMessageSource")
        destination.add_message(_as_new(message, destination.fifo_queue))
        self.moved += 1

    def entry(self) -> dict[str, Any]:
        """This task in ListMessageMoveTasks; the handle is shown while the task can still be cancelled."""
        entry: dict[str, Any] = {
            "Status": self.status,
            "SourceArn": self.source.queue_arn,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "StartedTimestamp": self.started_ms,
        }
        if self.status == "RUNNING":
            entry["TaskHandle"] = self.handle
        if self.destination:
            entry["DestinationArn"] = self.destination.queue_arn
        if self.rate:
            entry["MaxNumberOfMessagesPerSecond"] = self.rate
        if self.failure_reason:
            entry["FailureReason"] = self.failure_reason
        return entry


def _as_new(message: BoxMessage, fifo: bool) -> Message:
    new = BoxMessage(str(uuid.uuid4()), message.body, message.system_attributes)
    new.message_attributes = message.message_attributes
    new.group_id = message.group_id
    new.deduplication_id = new.id if fifo else message.deduplication_id
    new.mark_sent()
    return new
