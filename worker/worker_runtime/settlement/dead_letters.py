"""Puts a message into the dead-letter queue together with the reason, so that an operator sees why without
reading logs.

The copy keeps body, group, trace header and every attribute of the original, so a redrive to the source runs
it as it was.
"""

from __future__ import annotations

import json
import os
import re
import socket
import uuid
from typing import Any

from worker_runtime.errors import text_of
from worker_runtime.in_flight.held import Held
from worker_runtime.settlement.first_failures import FirstFailures
from worker_runtime.sqs.queue import Queue

#: Every attribute that the worker adds starts with this.
PREFIX = "worker."
_REASONS = ("error_type", "error_message", "receive_count", "first_received_at", "first_failed_at", "task")
#: All six in one, where there is no room for them.
_REASON = "error"
_ADDED = frozenset(PREFIX + name for name in (*_REASONS, _REASON))
#: Quotas: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
_ATTRIBUTES_MOST = 10
_MESSAGE_MOST_BYTES = 1_048_576
_REASON_MOST_CHARACTERS = 1_024
#: All but these: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_REFUSED = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class DeadLetters:
    """The dead-letter queue of the worker's queue."""

    def __init__(self, queue: Queue, url: str | None, *, error_texts: bool = True) -> None:
        """Without `error_texts`, a reason tells the type of an exception alone."""
        self._error_texts = error_texts
        self._queue = queue
        self._url = url
        self._first_failures = FirstFailures()

    @property
    def exist(self) -> bool:
        """The queue has a dead-letter queue."""
        return self._url is not None

    def note_failure(self, held: Held) -> None:
        """Remember when the message first failed, should it come here one day."""
        self._first_failures.note(held.id)

    def put(self, held: Held, error: BaseException) -> None:
        """Copy the message there with its reason. Raises QueueError; then the original has to stay."""
        assert self._url is not None  # noqa: S101 - callers ask `exist` first
        received = held.received
        attributes = _original_attributes(received)
        parameters: dict[str, Any] = {
            "MessageBody": received["Body"],
            "MessageAttributes": attributes | _fitting(self._reason(held, error), attributes, received["Body"]),
        }
        if held.trace_header:
            parameters["MessageSystemAttributes"] = {
                "AWSTraceHeader": {"DataType": "String", "StringValue": held.trace_header}
            }
        if held.group is not None:
            parameters["MessageGroupId"] = held.group
        if self._queue.is_fifo:
            # Never the original's: the copy of a redriven message would be dropped as a duplicate, and lost.
            parameters["MessageDeduplicationId"] = str(uuid.uuid4())
        self._queue.send_to(self._url, parameters)
        self._first_failures.forget(held.id)

    def _reason(self, held: Held, error: BaseException) -> dict[str, str]:
        failed_at = self._first_failures.note(held.id)
        received_at = held.message.first_received_at or failed_at
        values = (
            type(error).__name__,
            self._text(error),
            str(held.receive_count),
            received_at.isoformat(timespec="milliseconds"),
            failed_at.isoformat(timespec="milliseconds"),
            _task(),
        )
        return dict(zip(_REASONS, values, strict=True))

    def _text(self, error: BaseException) -> str:
        if not self._error_texts:
            return "(left out)"
        return _sendable(text_of(error))[:_REASON_MOST_CHARACTERS] or "(none)"


def _original_attributes(received: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """All but those that a worker adds: a redriven message that fails again gets new ones."""
    return {
        name: {key: value[key] for key in ("DataType", "StringValue", "BinaryValue") if key in value}
        for name, value in (received.get("MessageAttributes") or {}).items()
        if name not in _ADDED
    }


def _fitting(reason: dict[str, str], attributes: dict[str, Any], body: str) -> dict[str, Any]:
    """The reason as attributes, as one attribute where there is no room for six, or not at all."""
    room = _ATTRIBUTES_MOST - len(attributes)
    if room < len(reason):
        reason = {_REASON: json.dumps(reason)}
    added = {PREFIX + name: {"DataType": "String", "StringValue": value} for name, value in reason.items()}
    if len(added) > room or _size_bytes(body, attributes | added) > _MESSAGE_MOST_BYTES:
        return {}
    return added


def _size_bytes(body: str, attributes: dict[str, dict[str, Any]]) -> int:
    """Size as SQS counts it: body, and the name, type and value of each attribute."""
    size = len(body.encode())
    for name, value in attributes.items():
        content = value.get("StringValue", value.get("BinaryValue", ""))
        content = content.encode() if isinstance(content, str) else content
        size += len(name) + len(value["DataType"]) + len(content)
    return size


def _sendable(text: str) -> str:
    """Drop what SQS refuses: control characters, lone surrogates, and two that are no characters."""
    return _REFUSED.sub("", text)


def _task() -> str:
    """The ECS task's id where there is one, else the host: both are the container's name on Fargate's
    logs."""
    metadata = os.environ.get("ECS_CONTAINER_METADATA_URI_V4", "")
    return metadata.rpartition("/")[2].partition("-")[0] or socket.gethostname()
