"""What is wrong with what a handler publishes: told at once, and before anything is sent."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

Value = str | bytes | int | float

_TOPIC_ARN = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?")
_QUEUE_URL = re.compile(r"https?://[^/]+/.+")
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_DELAY_MOST_SECONDS = 900
_REFUSED = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ID = re.compile(r"[!-~]{1,128}")
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
ATTRIBUTES_MOST = 10
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
_ATTRIBUTE_NAME = re.compile(r"(?!(?i:aws|amazon)\.)(?=.{1,256}$)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def problems(
    target: Any, address: Any, attributes: Any, group: Any, deduplication_id: Any, delay_seconds: Any
) -> list[str]:
    """What is wrong with a target, its address, and the options of `publish`."""
    is_known = isinstance(address, str) and (_TOPIC_ARN.fullmatch(address) or _QUEUE_URL.fullmatch(address))
    allowed = "a topic's ARN, a queue's URL, main for the service's own topic, or a name in its publishes_to"
    found = [] if is_known else [f"target: {target!r} is not {allowed}"]
    address = address if is_known else ""
    is_fifo = address.endswith(".fifo")
    if is_fifo and group is None:
        found.append(f"group: required, {address} is FIFO")
    found += [
        f"{name}: {given!r} is not text of 1 to 128 characters, letters, digits and punctuation"
        for name, given in (("group", group), ("deduplication_id", deduplication_id))
        if given is not None and not (isinstance(given, str) and _ID.fullmatch(given))
    ]
    if deduplication_id is not None and not is_fifo:
        found.append(f"deduplication_id: {deduplication_id!r} is for FIFO topics and queues")
    if type(delay_seconds) is not int or not 0 <= delay_seconds <= _DELAY_MOST_SECONDS:
        found.append(f"delay_seconds: {delay_seconds!r} is not a whole number from 0 to {_DELAY_MOST_SECONDS}")
    elif delay_seconds and (address.startswith("arn:") or is_fifo):
        found.append(f"delay_seconds: {delay_seconds!r} is for queues that are not FIFO; topics know no delay")
    return found + _attribute_problems(attributes)


def text_of(body: Any, found: list[str]) -> str:
    """The text of a body; what is wrong with it is noted."""
    try:
        text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        found.append(f"body: {_short(body)} is not text or what JSON can say: {error}")
        return ""
    if not text:
        found.append("body: '' is empty, which SNS and SQS refuse")
    if refused := _REFUSED.search(text):
        found.append(f"body: {_short(text)} has {refused[0]!r}, which SNS and SQS refuse")
    return text


def _attribute_problems(attributes: Any) -> list[str]:
    if attributes is None:
        return []
    if not isinstance(attributes, Mapping):
        return [f"attributes: {attributes!r} is not a dictionary of values by name"]
    found = []
    for name, value in attributes.items():
        if not (isinstance(name, str) and _ATTRIBUTE_NAME.fullmatch(name)):
            found.append(
                f"attributes: {name!r} is not a name of 1 to 256 letters, digits, _ and -, with single dots between, "
                "which AWS. and Amazon. do not begin"
            )
        if not _is_value(value):
            found.append(f"attributes.{name}: {value!r} is not text or bytes that are not empty, or a number")
    if len(attributes) > ATTRIBUTES_MOST:
        found.append(f"attributes: {len(attributes)} are too many; {ATTRIBUTES_MOST} at most")
    return found


def _is_value(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and not _REFUSED.search(value)
    if isinstance(value, int | float):
        return not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, bytes) and bool(value)


def _short(body: Any) -> str:
    text = repr(body)
    return text if len(text) <= 100 else f"{text[:100]}..."
