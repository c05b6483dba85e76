"""A message, as a handler sees it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, BinaryIO, NoReturn, Protocol

from worker_runtime.envelope import open_envelope
from worker_runtime.errors import InvalidBody
from worker_runtime.queue_settings import MAIN


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def json_reader(parse_float: Callable[[str], float] | None = None) -> Callable[[str], Any]:
    """Reads bodies, with numbers that are no whole ones made by `parse_float`. Raises InvalidBody."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=parse_float)

    def read(body: str) -> Any:
        try:
            # Most bodies are JSON from end to end: to look for space around it takes longer than to read it.
            value, end = decoder.raw_decode(body)
            if end == len(body):
                return value
        except (RecursionError, ValueError):
            pass  # what is wrong, and whether anything is, says the whole reader
        try:
            return decoder.decode(body)
        except RecursionError:
            raise InvalidBody("the body: it is nested too deeply") from None
        except ValueError as error:
            raise InvalidBody(f"the body is not JSON: {error}") from None

    return read


_read_json = json_reader()


class _Stored(Protocol):
    """A body that lies elsewhere."""

    def open(self) -> BinaryIO: ...

    def read(self) -> str: ...


class Message:
    """One message. Where it came through an SNS topic, body and attributes are the publisher's, the envelope
    is gone."""

    __slots__ = (
        "_deadline",
        "_first_received_at",
        "_outbox",
        "_result",
        "_sent_at",
        "_stored",
        "attributes",
        "body",
        "cancelled",
        "group",
        "id",
        "queue",
        "receive_count",
        "subject",
        "topic",
        "trace_header",
    )

    def __init__(
        self,
        body: str,
        *,
        id: str = "",  # noqa: A002 - what SQS calls it
        attributes: Mapping[str, str | bytes] | None = None,
        receive_count: int = 1,
        group: str | None = None,
        topic: str | None = None,
        subject: str | None = None,
        sent_at: datetime | str | None = None,
        first_received_at: datetime | str | None = None,
        trace_header: str | None = None,
        queue: str = MAIN,
    ) -> None:
        self.body = body
        """The text that was sent or published."""
        self.id = id
        """SQS's id of the message: the same at each try, so the key to being idempotent."""
        self.attributes: Mapping[str, str | bytes] = attributes or {}
        """Message attributes by name: str, or bytes where the type is binary. Numbers are the text that was
        sent."""
        self.receive_count = receive_count
        """Which try this is, 1 for the first: SQS's receives, and in a FIFO queue the tries made in place."""
        self.group = group
        """The message group (FIFO and fair queues), or None."""
        self.topic = topic
        """ARN of the topic that the message came through; None where it was sent to the queue, or delivered
        raw."""
        self.queue = queue
        """Which of the worker's queues it was received from: `main`, or a name in the service's `queues`."""
        self.subject = subject
        """The subject that it was published with; None where there is none, or no topic."""
        self._sent_at = sent_at
        self._first_received_at = first_received_at
        self.trace_header = trace_header
        """X-Ray's trace header, where the sender had one."""
        self.cancelled = False
        """True once the handler's result no longer counts: its time is over, or the lease of the message is
        lost."""
        self._deadline: float | None = None

    @property
    def sent_at(self) -> datetime | None:
        """When it was sent or published."""
        return _time(self._sent_at)

    @property
    def first_received_at(self) -> datetime | None:
        """When it was received for the first time, by whichever worker."""
        return _time(self._first_received_at)

    def json(self) -> Any:
        """The body as JSON. Raises InvalidBody, which rejects the message, where it is not JSON: NaN and Infinity are
        not."""
        return _read_json(self.body)

    def open(self) -> BinaryIO:
        """The body as a stream of bytes, to be closed: one that lies in S3 does not enter memory as a whole, as it does
        with `body` and `json()`. Raises Reject where it is gone."""
        stored: _Stored | None = getattr(self, "_stored", None)
        return io.BytesIO(self.body.encode()) if stored is None else stored.open()

    def lies_at(self, stored: _Stored) -> None:
        """The body is read from there when somebody asks for it (the runtime's, not the handler's, to call)."""
        self._stored = stored
        del self.body

    def __getattr__(self, name: str) -> Any:
        """The body of a message that `lies_at` another place: read once."""
        if name != "body":
            raise AttributeError(f"a message has no {name!r}")
        self.body = self._stored.read()
        return self.body

    @property
    def remaining_seconds(self) -> float:
        """Seconds until the handler has to be done; infinite outside the runtime."""
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    @property
    def deadline(self) -> datetime | None:
        """When the handler has to be done (its timeout, or the end of the drain); None outside the
        runtime."""
        if self._deadline is None:
            return None
        return datetime.fromtimestamp(time.time() + self.remaining_seconds, UTC)

    def must_end_by(self, monotonic_seconds: float) -> None:
        """Bring the deadline forward (the runtime's, not the handler's, to call)."""
        if self._deadline is None or monotonic_seconds < self._deadline:
            self._deadline = monotonic_seconds

    def __repr__(self) -> str:
        """For logs and a debugger: what identifies the message, and nothing of its content."""
        return f"Message(id={self.id!r}, receive_count={self.receive_count}, topic={self.topic!r})"


#: The message whose handler runs here.
current_message: ContextVar[Message | None] = ContextVar("current_message", default=None)


def message_from_sqs(received: Mapping[str, Any], queue: str = MAIN) -> Message:
    """Build a Message from an entry of ReceiveMessage's answer; `queue` is what the worker calls where it was."""
    system: Mapping[str, str] = received.get("Attributes") or {}
    body: str = received.get("Body") or ""
    topic: str | None = None
    subject: str | None = None
    attributes: dict[str, str | bytes]
    if envelope := open_envelope(body):
        body, attributes, topic, subject = envelope
    else:
        given = received.get("MessageAttributes")
        attributes = _attributes(given) if given else {}
    # As the constructor does it, which needs three times as long with all its keywords.
    message = Message.__new__(Message)
    message.body = body
    message.id = received["MessageId"]
    message.attributes = attributes
    message.receive_count = int(system.get("ApproximateReceiveCount", 1))
    message.group = system.get("MessageGroupId")
    message.topic = topic
    message.queue = queue
    message.subject = subject
    message._sent_at = system.get("SentTimestamp")
    message._first_received_at = system.get("ApproximateFirstReceiveTimestamp")
    message.trace_header = system.get("AWSTraceHeader")
    message.cancelled = False
    message._deadline = None
    return message


def _attributes(attributes: Mapping[str, Any]) -> dict[str, str | bytes]:
    return {name: value.get("StringValue", value.get("BinaryValue", "")) for name, value in attributes.items()}


def _time(given: datetime | str | None) -> datetime | None:
    """SQS's milliseconds as a time, made only when somebody asks: few handlers do."""
    return datetime.fromtimestamp(int(given) / 1000, UTC) if isinstance(given, str) else given
