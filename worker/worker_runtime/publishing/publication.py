"""A message to be published: checked, and in the trace of the one that is being handled."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from worker_runtime.large_messages.setting import LargeMessages
from worker_runtime.large_messages.stored_body import store
from worker_runtime.message import current_message
from worker_runtime.publishing.problems import ATTRIBUTES_MOST, Value, problems, text_of

_TRACE = "traceparent"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
#: By default: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
TOPIC_MOST_BYTES = 262_144
QUEUE_MOST_BYTES = 1_048_576


@dataclass(frozen=True, kw_only=True)
class Publication:
    """One message on its way to a topic or queue."""

    target: str
    """The topic's ARN, or the queue's URL."""
    body: str
    attributes: Mapping[str, Value]
    group: str | None = None
    deduplication_id: str | None = None
    """FIFO alone."""
    delay_seconds: int = 0
    """To a queue alone."""
    trace_header: str | None = None
    """X-Ray's, to a queue."""

    @property
    def to_topic(self) -> bool:
        """It goes to a topic."""
        return self.target.startswith("arn:")

    @property
    def size_bytes(self) -> int:
        """Its size, as SNS and SQS count it: body, and name, type and value of each attribute."""
        size = len(self.body.encode())
        for name, value in self.attributes.items():
            size += (
                len(name.encode())
                + len(type_of(value))
                + len(value if isinstance(value, bytes) else str(value).encode())
            )
        return size

    @property
    def most_bytes(self) -> int:
        """The size that its target takes."""
        return TOPIC_MOST_BYTES if self.to_topic else QUEUE_MOST_BYTES


def type_of(value: Value) -> str:
    """The type of an attribute's value, in the words of SNS and SQS."""
    if isinstance(value, bytes):
        return "Binary"
    return "String" if isinstance(value, str) else "Number"


def publications(
    target: str,
    bodies: Iterable[Any],
    *,
    attributes: Mapping[str, Value] | None,
    group: str | None,
    deduplication_id: str | None,
    delay_seconds: int,
) -> list[Publication]:
    """One for each body, as `publish` describes them. Raises ValueError naming every problem."""
    address = _address(target)
    found = problems(target, address, attributes, group, deduplication_id, delay_seconds)
    texts = [text_of(body, found) for body in bodies]
    if deduplication_id is not None and len(texts) > 1:
        found.append(f"deduplication_id: {deduplication_id!r} would leave one of {len(texts)} bodies")
    if found:
        raise ValueError("; ".join(found))
    given = dict(attributes or {})
    message = current_message.get()
    header = message.trace_header if message else None
    return [
        Publication(
            target=address,
            body=text,
            attributes=_in_trace(given),
            group=group,
            deduplication_id=_deduplication_id(address, group, text, deduplication_id),
            delay_seconds=delay_seconds,
            trace_header=None if address.startswith("arn:") else header,
        )
        for text in texts
    ]


def offloaded(publication: Publication, setting: LargeMessages) -> Publication:
    """The same with its body in the bucket, and a pointer in its place. Raises ValueError where its attributes leave no
    room for the one that tells the body's size."""
    given = dict(publication.attributes)
    if len(given) >= ATTRIBUTES_MOST:
        given.pop(_TRACE, None)
    if len(given) >= ATTRIBUTES_MOST:
        most = ATTRIBUTES_MOST - 1
        raise ValueError(f"attributes: {len(given)} are more than {most}, as many as a body has that is in the bucket")
    stored, size = store(setting.bucket, publication.body)
    return replace(publication, body=stored.pointer, attributes={**given, **size})


def _address(target: str) -> str:
    """The ARN or URL: of a name, what the stack says in the environment."""
    if not isinstance(target, str) or not _NAME.fullmatch(target):
        return target
    variable = "SNS_TOPIC_ARN" if target == "main" else f"WORKER_TOPIC_{target.upper().replace('-', '_')}"
    return os.environ.get(variable, "")


def _in_trace(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """The attributes, and what tells the trace, where there is one and room for it."""
    trace = {name: value for name, value in _trace().items() if name not in attributes}
    return {**attributes, **trace} if len(attributes) + len(trace) <= ATTRIBUTES_MOST else dict(attributes)


def _trace() -> dict[str, str]:
    if "opentelemetry.trace" in sys.modules:
        from opentelemetry import propagate  # noqa: PLC0415 - loaded only where it is in use

        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        if carrier:
            return carrier
    message = current_message.get()
    parent = message.attributes.get(_TRACE) if message else None
    return {_TRACE: parent} if isinstance(parent, str) else {}


def _deduplication_id(address: str, group: str | None, body: str, given: str | None) -> str | None:
    """A handler that is tried again publishes the same text under the same id: SNS and SQS drop it for five minutes."""
    if given is not None or not address.endswith(".fifo"):
        return given
    message = current_message.get()
    if message is None or not message.id:
        return str(uuid.uuid4())
    return hashlib.sha256("\0".join((message.id, address, group or "", body)).encode()).hexdigest()
