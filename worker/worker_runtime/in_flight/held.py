"""A message that this process holds: what SQS gave, and how long the lease of it lasts.

What the runtime decides by is kept here, apart from the message: that is the handler's, which may write to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from worker_runtime.message import Message, message_from_sqs
from worker_runtime.queue_settings import MAIN
from worker_runtime.trace_id import trace_id

#: Stands for what came with a message that waits for its delete.
_NO_ENTRY: dict[str, Any] = {}
_NO_MESSAGE = Message("")


class Held:
    """A received message until it is deleted, handed back, or its lease is lost. Times are of
    time.monotonic()."""

    __slots__ = (
        "_attributes",
        "_unclaimed",
        "cancelled",
        "done",
        "extend_at",
        "group",
        "id",
        "lease_until",
        "lost",
        "message",
        "on_cancel",
        "queue",
        "receipt_handle",
        "receive_count",
        "received",
        "received_at",
        "started_at",
        "topic",
        "trace_header",
    )

    def __init__(self, received: dict[str, Any], received_at: float, queue: str = MAIN) -> None:
        self.received = received
        """The entry of ReceiveMessage's answer."""
        self.message = message = message_from_sqs(received, queue)
        self.id = message.id
        self.topic = message.topic
        self.group = message.group
        self.queue = message.queue
        self.receive_count = message.receive_count
        self.trace_header = message.trace_header
        self._attributes = message.attributes
        self.receipt_handle: str = received["ReceiptHandle"]
        """The latest one: SQS lets only that delete the message."""
        self.received_at = received_at
        self.lease_until = received_at
        self.extend_at = received_at
        self.started_at: float | None = None
        """When its handler started; None while it waits for one."""
        self.lost = False
        """The lease is gone: another worker may hold the message, so nothing may be decided here any more."""
        self.done = False
        """It is to be deleted."""
        self.cancelled = False
        """The handler's result no longer counts."""
        self.on_cancel: Callable[[], None] | None = None
        self._unclaimed = [True]
        """The right to decide about the message is whose who takes it out."""

    def again(self) -> Held:
        """The same message under the same lease, for one more try in this process."""
        again = Held(self.received, self.received_at, self.queue)
        again.receipt_handle = self.receipt_handle
        again.lease_until = self.lease_until
        again.extend_at = self.extend_at
        again.receive_count = again.message.receive_count = self.receive_count + 1
        return again

    def let_body_go(self) -> None:
        """Need no memory for the body any longer: the message is done, and only its delete is awaited."""
        self.received = _NO_ENTRY
        self.message = _NO_MESSAGE

    def claim(self) -> bool:
        """Take the right to decide about the message; only the first caller (handler, timeout or drain) gets
        it."""
        try:
            return self._unclaimed.pop()
        except IndexError:
            return False

    @property
    def claimed(self) -> bool:
        """Somebody has taken the right to decide."""
        return not self._unclaimed

    @property
    def trace_id(self) -> str | None:
        """The id of the trace that the sender was in; None where there is none."""
        if not self._attributes and not self.trace_header:
            return None
        return trace_id(self._attributes, self.trace_header)

    def cancel(self) -> None:
        """Tell the handler that its result no longer counts."""
        self.cancelled = self.message.cancelled = True
        on_cancel = self.on_cancel
        if on_cancel is not None:
            on_cancel()
