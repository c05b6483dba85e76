"""The JSON that SNS wraps around a message where raw delivery is off."""

from __future__ import annotations

import base64
import re
from typing import Any, NamedTuple

from worker_runtime import quick_json

#: All of these are in every notification:
#: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
_TEXT_KEYS = ("MessageId", "Message", "Timestamp", "UnsubscribeURL")
#: And these in one of a standard topic.
_SIGNATURE_KEYS = ("SignatureVersion", "Signature", "SigningCertURL")
#: A FIFO topic numbers its notifications, and does not sign them.
_FIFO_KEYS = ("SequenceNumber",)
_TOPIC_ARN = re.compile(r"arn:[a-z0-9-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+(\.fifo)?")


class Envelope(NamedTuple):
    """What was in the envelope."""

    message: str
    attributes: dict[str, str | bytes]
    topic: str
    subject: str | None


def open_envelope(body: str) -> Envelope | None:
    """Return what SNS wrapped, or None where the body is the sender's own, whatever JSON it may be."""
    if '"TopicArn"' not in body:
        return None
    try:
        document = quick_json.read(body)
    except (ValueError, RecursionError):  # not JSON, or nested beyond what Python reads
        return None
    if not _is_notification(document):
        return None
    subject = document.get("Subject")
    return Envelope(
        document["Message"],
        _attributes(document.get("MessageAttributes")),
        document["TopicArn"],
        subject if isinstance(subject, str) else None,
    )


def _is_notification(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and document.get("Type") == "Notification"
        and isinstance(document.get("TopicArn"), str)
        and _TOPIC_ARN.fullmatch(document["TopicArn"]) is not None
        and _has_texts(document, _TEXT_KEYS)
        and _has_texts(document, _FIFO_KEYS if document["TopicArn"].endswith(".fifo") else _SIGNATURE_KEYS)
    )


def _has_texts(document: dict[str, Any], keys: tuple[str, ...]) -> bool:
    return all(isinstance(document.get(key), str) for key in keys)


def _attributes(attributes: Any) -> dict[str, str | bytes]:
    if not isinstance(attributes, dict):
        return {}
    return {name: _value(value) for name, value in attributes.items() if isinstance(value, dict)}


def _value(attribute: dict[str, Any]) -> str | bytes:
    value = str(attribute.get("Value", ""))
    if not str(attribute.get("Type", "")).startswith("Binary"):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        return value
