"""What SQS's answers hold. Whatever else comes back is no answer: the call has failed, and may be made again.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker_runtime.errors import QueueError
from worker_runtime.sqs.quotas import BATCH_MOST

#: Failures of one batch entry that a second try cannot mend: the receipt handle no longer holds the message.
_LOST_CODES = ("ReceiptHandleIsInvalid", "InvalidParameterValue", "MessageNotInflight", "InvalidIdFormat")
_TEXT = {str}
#: The ids of a batch's entries.
BATCH_IDS = [str(index) for index in range(BATCH_MOST)]
#: What reading a document that is shaped otherwise raises.
_ODD = (AttributeError, KeyError, RecursionError, TypeError, ValueError)


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


def read_messages(answer: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    """The messages of a ReceiveMessage that asked for `most`. Raises QueueError."""
    try:
        messages = [_message(entry) for entry in _list(answer, "Messages")]
    except _ODD as error:
        raise _odd_answer(error) from error
    if len(messages) > most:
        raise _odd_answer(ValueError(f"{len(messages)} messages where {most} were asked for"))
    return messages


def read_failures(answer: Mapping[str, Any], count: int) -> list[Failure]:
    """The entries that failed of a batch with the ids 0 to `count` - 1, each of which has to be answered for. Raises
    QueueError."""
    try:
        succeeded = [entry["Id"] for entry in _list(answer, "Successful")]
        failed = _list(answer, "Failed")
        if not failed and succeeded == BATCH_IDS[:count]:
            return []
        failures = [_failure(entry) for entry in failed]
        answered = [failure.index for failure in failures]
        answered += [int(id_) for id_ in succeeded]
    except _ODD as error:
        raise _odd_answer(error) from error
    if sorted(answered) != list(range(count)):
        raise _odd_answer(ValueError(f"not one answer for each of {count} entries"))
    return failures


def read_attributes(answer: Mapping[str, Any], url: str) -> QueueAttributes:
    """The settings of the queue at `url`. Raises QueueError."""
    try:
        attributes = answer["Attributes"]
        redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
        target = redrive.get("deadLetterTargetArn")
        return QueueAttributes(
            visibility_timeout_seconds=int(attributes["VisibilityTimeout"]),
            # A dead-letter queue lies in its source's account and region, so only the name differs.
            dead_letter_url=f"{url.rpartition('/')[0]}/{target.rpartition(':')[2]}" if target else None,
            max_receive_count=int(redrive["maxReceiveCount"]) if target else None,
        )
    except _ODD as error:
        raise _odd_answer(error) from error


def check_sent(answer: Mapping[str, Any]) -> None:
    """Make sure that SQS took a message: only then the original may go. Raises QueueError."""
    if not isinstance(answer.get("MessageId"), str):
        raise _odd_answer(ValueError("no MessageId"))


def _list(answer: Mapping[str, Any], member: str) -> list[Any]:
    """A list that may be absent or null, as where it is empty."""
    value = answer.get(member)
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{member} is of type {type(value).__name__}")
    return value


def _message(entry: dict[str, Any]) -> dict[str, Any]:
    are_texts = type(entry["MessageId"]) is type(entry["ReceiptHandle"]) is type(entry["Body"]) is str
    if system := entry.get("Attributes"):
        if not _TEXT.issuperset(map(type, system.values())):
            system = entry["Attributes"] = _without_nulls(system)
            are_texts &= _TEXT.issuperset(map(type, system.values()))
        int(system.get("ApproximateReceiveCount", 1))
    if not are_texts:
        raise TypeError("a message with a member that is no text")
    if attributes := entry.get("MessageAttributes"):
        entry["MessageAttributes"] = {name: _attribute(value) for name, value in _without_nulls(attributes).items()}
    return entry


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    value = _without_nulls(value)
    if type(value["DataType"]) is not str:
        raise TypeError("a message attribute without a type")
    if type(value.get("StringValue", "")) is not str or type(value.get("BinaryValue", b"")) is not bytes:
        raise TypeError("a message attribute whose value is of another type")
    return value


def _without_nulls(members: Mapping[str, Any]) -> dict[str, Any]:
    """A null member is none."""
    return {name: value for name, value in members.items() if value is not None}


def _failure(entry: dict[str, Any]) -> Failure:
    code = entry["Code"]
    return Failure(int(entry["Id"]), code, code.rpartition(".")[2] in _LOST_CODES)


def _odd_answer(error: Exception) -> QueueError:
    return QueueError("OddAnswer", f"not what SQS answers: {type(error).__name__}: {error}", retry=True)
