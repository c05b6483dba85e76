"""Sends messages through a topic or straight into a queue, in batches."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from worker_ops.account import Account
from worker_ops.errors import OpsError, Unfinished
from worker_ops.messages.reading import TOPIC_MOST_BYTES, size_bytes
from worker_ops.queues import queue_attributes

_BATCH_MOST = 10
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_GROUP = re.compile(r"[!-~]{1,128}")
_SHOWN_MOST = 20


@dataclass(frozen=True)
class Outlet:
    """A topic or a queue, and what all messages have in common."""

    account: Account
    topic_arn: str | None
    queue_url: str | None
    """Where there is no topic."""
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)
    group: str | None = None

    @property
    def title(self) -> str:
        """What people call it."""
        return f"topic {self.topic_arn.rpartition(':')[2]}" if self.topic_arn else f"queue {self._queue_name}"

    def send(self, bodies: list[str]) -> list[dict[str, Any]]:
        """Send a batch, and return what AWS did not take of it."""
        entries = [self._entry(str(place), body) for place, body in enumerate(bodies)]
        if self.topic_arn:
            answer = self.account.call(
                "sns", "publish_batch", TopicArn=self.topic_arn, PublishBatchRequestEntries=entries
            )
        else:
            answer = self.account.call("sqs", "send_message_batch", QueueUrl=self.queue_url, Entries=entries)
        return answer.get("Failed", [])

    @cached_property
    def most_bytes(self) -> int:
        """Bytes that it takes of a message with its attributes, and of a batch."""
        if self.queue_url is None:
            return TOPIC_MOST_BYTES
        return int(queue_attributes(self.account, self.queue_url)["MaximumMessageSize"])

    @property
    def _queue_name(self) -> str:
        return (self.queue_url or "").rpartition("/")[2]

    def _entry(self, id_: str, body: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"Id": id_, "Message" if self.topic_arn else "MessageBody": body}
        if self.attributes:
            entry["MessageAttributes"] = self.attributes
        if self.group is not None:
            entry["MessageGroupId"] = self.group
        if (self.topic_arn or self.queue_url or "").endswith(".fifo"):
            # Equal bodies are different messages: whoever sends one twice means two.
            entry["MessageDeduplicationId"] = uuid.uuid4().hex
        return entry


def check_sendable(outlet: Outlet, bodies: Sequence[str]) -> None:
    """Raise OpsError where the outlet would refuse one of the bodies."""
    is_fifo = (outlet.topic_arn or outlet.queue_url or "").endswith(".fifo")
    if is_fifo and outlet.group is None:
        raise OpsError(f"--group: required, because {outlet.title} is FIFO")
    if outlet.group is not None and not _GROUP.fullmatch(outlet.group):
        raise OpsError(f"--group: {outlet.group!r} is not 1 to 128 letters, digits and punctuation marks of ASCII")
    sizes = enumerate((size_bytes(body, outlet.attributes) for body in bodies), 1)
    most = outlet.most_bytes
    problems = [f"message {number}: has {size:,} bytes with its attributes" for number, size in sizes if size > most]
    if problems:
        more = [f"and {len(problems) - _SHOWN_MOST:,} more"] if len(problems) > _SHOWN_MOST else []
        taken = f"{outlet.title} takes {most:,} at most: nothing was sent"
        raise OpsError("\n".join([*problems[:_SHOWN_MOST], *more, taken]))


def send_all(outlet: Outlet, bodies: Iterable[str], a_second: int | None, on_sent: Callable[[int], None]) -> int:
    """Send in order, so many a second, and return how many. Raises Unfinished where AWS refuses one."""
    sent = 0
    started = time.monotonic()
    for batch in _batches(bodies, outlet, min(_BATCH_MOST, a_second or _BATCH_MOST)):
        if a_second:
            time.sleep(max(0.0, started + sent / a_second - time.monotonic()))
        failed = outlet.send(batch)
        sent += len(batch) - len(failed)
        on_sent(len(batch) - len(failed))
        if failed:
            first = min(failed, key=lambda entry: int(entry["Id"]))
            said = first.get("Message") or first["Code"]
            raise Unfinished(f"{sent:,} were sent, then {outlet.title} refused {len(failed)} of a batch: {said}")
    return sent


def _batches(bodies: Iterable[str], outlet: Outlet, most: int) -> Iterator[list[str]]:
    """Bodies in order, as many at a time as the outlet takes."""
    batch: list[str] = []
    batch_bytes = 0
    for body in bodies:
        body_bytes = size_bytes(body, outlet.attributes)
        if batch and (len(batch) == most or batch_bytes + body_bytes > outlet.most_bytes):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(body)
        batch_bytes += body_bytes
    if batch:
        yield batch
