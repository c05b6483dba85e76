"""What SQS takes for a message: its body, its attributes, and how large both may be.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from moto.sqs.exceptions import InvalidParameterValue, MissingParameter, SQSException

ATTRIBUTES_MOST = 10
_NAME_MOST_CHARACTERS = _TYPE_MOST_CHARACTERS = 256
_NUMBER_MOST_DIGITS = 38
_NUMBER_EXPONENTS = range(-128, 127)
_REFUSED = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_RESERVED = re.compile(r"(aws|amazon)\.", re.IGNORECASE)
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?", re.DOTALL)
#: The only system attribute that may be sent.
_TRACE_HEADER = "AWSTraceHeader"


class InvalidMessageContents(SQSException):
    """A character that XML 1.0 does not have."""

    def __init__(self) -> None:
        super().__init__(
            "InvalidMessageContents",
            "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | "
            "#xE000 to #xFFFD | #x10000 to #x10FFFF.",
        )


def check_message(message: Mapping[str, Any], most_bytes: int) -> None:
    """Raise what SQS answers to a message that it does not take."""
    body = message.get("MessageBody")
    if not body:
        raise MissingParameter("MessageBody")
    if not isinstance(body, str):
        raise SQSException("SerializationException", "MessageBody is not a string.")
    _check_text(body)
    attributes = message.get("MessageAttributes") or {}
    if len(attributes) > ATTRIBUTES_MOST:
        raise InvalidParameterValue(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{ATTRIBUTES_MOST}]."
        )
    for name, attribute in attributes.items():
        _check_attribute(name, attribute)
    for name, attribute in (message.get("MessageSystemAttributes") or {}).items():
        if name != _TRACE_HEADER or attribute.get("DataType") != "String" or not attribute.get("StringValue"):
            raise InvalidParameterValue(
                f"Message system attribute name '{name}' is invalid: it is {_TRACE_HEADER} with a String value."
            )
    if _size_bytes(body, attributes) > most_bytes:
        raise InvalidParameterValue(
            f"One or more parameters are invalid. Reason: Message must be shorter than {most_bytes} bytes."
        )


def name_problem(name: str) -> str | None:
    """Why the name of a message attribute is refused; SNS has the same rule."""
    if not name or len(name) > _NAME_MOST_CHARACTERS:
        return f"must be 1 to {_NAME_MOST_CHARACTERS} characters long"
    if _RESERVED.match(name):
        return "must not start with a prefix reserved for AWS: AWS. or Amazon."
    if not _NAME.fullmatch(name):
        return (
            "can contain A-Z, a-z, 0-9, underscore, hyphen and period, and neither begins nor ends with a period, nor"
            " has two in succession"
        )
    return None


def value_problem(attribute: Mapping[str, Any]) -> str | None:
    """Why type or value of a message attribute are refused; SNS has the same rule."""
    data_type = attribute.get("DataType") or ""
    if not _TYPE.fullmatch(data_type) or len(data_type) > _TYPE_MOST_CHARACTERS:
        return "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String"
    wanted = "BinaryValue" if data_type.startswith("Binary") else "StringValue"
    if not attribute.get(wanted):
        return f"must contain non-empty message attribute value for message attribute type '{data_type}'"
    if data_type.startswith("Number") and not _is_number(attribute[wanted]):
        return "must have a value that can be cast to a number"
    return None


def has_refused_characters(text: str) -> bool:
    """Whether the text holds a character that XML 1.0 does not have; SNS has the same rule."""
    return _REFUSED.search(text) is not None


def _check_attribute(name: str, attribute: Mapping[str, Any]) -> None:
    problem = name_problem(name) or value_problem(attribute)
    if problem:
        raise InvalidParameterValue(f"The message attribute '{name}' {problem}.")
    _check_text(attribute["DataType"])
    _check_text(attribute.get("StringValue") or "")


def _check_text(text: str) -> None:
    if has_refused_characters(text):
        raise InvalidMessageContents


def _is_number(text: str) -> bool:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return False
    return (
        number.is_finite()
        and len(number.as_tuple().digits) <= _NUMBER_MOST_DIGITS
        and (number == 0 or number.adjusted() in _NUMBER_EXPONENTS)
    )


def _size_bytes(body: str, attributes: Mapping[str, Mapping[str, Any]]) -> int:
    size = len(body.encode())
    for name, attribute in attributes.items():
        value = attribute.get("StringValue") or attribute.get("BinaryValue") or ""
        size += len(name) + len(attribute["DataType"]) + len(value.encode() if isinstance(value, str) else value)
    return size
