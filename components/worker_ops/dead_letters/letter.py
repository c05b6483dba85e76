"""A dead letter: a message that the worker, or SQS itself, gave up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

#: Attributes with the reason, which the worker's runtime adds to what it gives up: docs/worker.md.
REASON_PREFIX = "worker."
#: All of them in one, where a message had no room for six.
_REASON_IN_ONE = "worker.error"
#: Why a message without a reason is here: nobody but SQS moves one by itself.
RECEIVED_TOO_OFTEN = "received too often without being processed"


@dataclass(frozen=True)
class Letter:
    """A dead letter as it was received."""

    id: str
    body: str
    """As it lies in the queue: in SNS's envelope, where it came through a topic."""
    attributes: Mapping[str, Mapping[str, Any]]
    """Message attributes as SQS takes them."""
    system: Mapping[str, str]
    """What SQS itself says of it."""
    receipt_handle: str = ""

    @classmethod
    def from_sqs(cls, received: Mapping[str, Any]) -> Letter:
        """A message of ReceiveMessage's answer."""
        return cls(
            received["MessageId"],
            received.get("Body", ""),
            received.get("MessageAttributes") or {},
            received.get("Attributes") or {},
            received["ReceiptHandle"],
        )

    @property
    def reason(self) -> str:
        """What the worker says, or what SQS's own redrive means."""
        return self._told.get("error_message") or RECEIVED_TOO_OFTEN

    @property
    def error_type(self) -> str:
        """The exception's type; empty where the worker did not put it here."""
        return self._told.get("error_type", "")

    @property
    def tries(self) -> int:
        """How often it was tried before it was given up."""
        told = self._told.get("receive_count", "")
        # A sender may have named an attribute of its own so.
        return int(told) if told.isascii() and told.isdigit() else 0

    @property
    def task(self) -> str:
        """The task that gave it up."""
        return self._told.get("task", "")

    @property
    def received_at(self) -> str:
        """When it was first received, as the worker knows it."""
        return self._told.get("first_received_at", "")

    @property
    def failed_at(self) -> str:
        """When it first failed, as the worker knows it."""
        return self._told.get("first_failed_at", "")

    @property
    def sent_at(self) -> datetime:
        """When it came into this queue, or on a standard queue was first sent."""
        return datetime.fromtimestamp(int(self.system.get("SentTimestamp", 0)) / 1_000, UTC)

    @property
    def group(self) -> str | None:
        """The message group, or None."""
        return self.system.get("MessageGroupId")

    @property
    def topic(self) -> str:
        """ARN of the topic in the envelope; empty where there is none."""
        return self._envelope.get("TopicArn", "")

    @property
    def text(self) -> str:
        """What was published or sent, out of the envelope."""
        return self._envelope.get("Message", self.body)

    def document(self) -> dict[str, Any]:
        """All of it for people and for expressions; a body that is JSON as what it says."""
        return {
            "id": self.id,
            "reason": self.reason,
            "error_type": self.error_type,
            "tries": self.tries,
            "sent_at": self.sent_at.isoformat(timespec="milliseconds"),
            "failed_at": self.failed_at,
            "task": self.task,
            "topic": self.topic,
            "group": self.group,
            "body": _json_or_text(self.text),
            "attributes": {name: _value(value) for name, value in self.own_attributes.items()},
        }

    @property
    def own_attributes(self) -> dict[str, dict[str, Any]]:
        """The sender's attributes, without the reason that the worker added."""
        return {
            name: {key: value[key] for key in ("DataType", "StringValue", "BinaryValue") if key in value}
            for name, value in self.attributes.items()
            if name not in _REASONS
        }

    @cached_property
    def _told(self) -> dict[str, str]:
        values = {name: value.get("StringValue", "") for name, value in self.attributes.items()}
        in_one = _json_or_text(values.get(_REASON_IN_ONE, ""))
        if isinstance(in_one, dict):
            return {name: str(value) for name, value in in_one.items()}
        return {name.removeprefix(REASON_PREFIX): text for name, text in values.items() if name in _REASONS}

    @cached_property
    def _envelope(self) -> dict[str, Any]:
        envelope = _json_or_text(self.body) if self.body.lstrip().startswith("{") else None
        if not isinstance(envelope, dict) or envelope.get("Type") != "Notification":
            return {}
        return envelope if isinstance(envelope.get("Message"), str) else {}


_REASONS = frozenset(
    REASON_PREFIX + name
    for name in (
        "error_type",
        "error_message",
        "receive_count",
        "first_received_at",
        "first_failed_at",
        "task",
        "error",
    )
)


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        return text


def _refused(constant: str) -> Any:
    """NaN and Infinity, which Python reads and JSON does not know."""
    raise ValueError(constant)


def _value(attribute: Mapping[str, Any]) -> str:
    value = attribute.get("StringValue", attribute.get("BinaryValue", b""))
    return value if isinstance(value, str) else value.hex()
