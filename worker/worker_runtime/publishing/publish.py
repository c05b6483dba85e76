"""`publish`, and an outbox for what is to be published only if the handler returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from worker_runtime.large_messages.setting import LargeMessages
from worker_runtime.publishing.publication import Publication, Value, offloaded, publications
from worker_runtime.publishing.sender import send

_large_messages: LargeMessages | None = None
"""Where bodies go that are too large: the worker's setting."""
_recorders: dict[int, list[Publication]] = {}
"""What tests under way have published, instead of sending it."""
_recorder: ContextVar[list[Publication] | None] = ContextVar("_recorder", default=None)
"""Whose test it is that runs here; none in a thread that a handler has started."""


def publish(
    target: str,
    *bodies: Any,
    attributes: Mapping[str, Value] | None = None,
    group: str | None = None,
    deduplication_id: str | None = None,
    delay_seconds: int = 0,
) -> None:
    """Publish messages now, each in the trace of the one that is being handled; returns once all were taken.

    `target`: a topic's ARN, a queue's URL, `main` for the service's own topic, or a name in its `publishes_to`.
    `bodies`: text, or what JSON can say. They go in batches of ten; what of a batch is not taken is sent again. Those
    that are too large lie in the bucket of WORKER_LARGE_MESSAGES, where there is one, with a pointer in their place.
    `attributes`: ten at most, text, bytes or numbers. `group`: required where the target is FIFO.
    `deduplication_id`: FIFO alone, and for one body; without one, the same text that a handler publishes for the same
    message and group counts once in five minutes. `delay_seconds`: 0 to 900, to a queue that is not FIFO.

    Raises ValueError naming every problem, and PublishError where not all were taken.
    """
    given = {"attributes": attributes, "group": group, "deduplication_id": deduplication_id}
    _send(publications(target, bodies, **given, delay_seconds=delay_seconds))


class Outbox:
    """What a handler publishes if it returns. A handler gets one by a parameter of this type; where it takes lists,
    what it publishes goes out unless all messages of the list have failed."""

    def __init__(self) -> None:
        self._waiting: list[Publication] = []

    def publish(
        self,
        target: str,
        *bodies: Any,
        attributes: Mapping[str, Value] | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        delay_seconds: int = 0,
    ) -> None:
        """As `publish`, when the handler has returned; problems are raised at once."""
        given = {"attributes": attributes, "group": group, "deduplication_id": deduplication_id}
        self._waiting += publications(target, bodies, **given, delay_seconds=delay_seconds)

    def send(self) -> None:
        """Publish what waits: the runtime's to call. Raises as `publish` does."""
        waiting, self._waiting = self._waiting, []
        _send(waiting)


def keep_large_bodies(setting: LargeMessages | None) -> None:
    """From now on, publish pointers to bodies that are too large: the runtime's to call."""
    global _large_messages
    _large_messages = setting


def _send(waiting: list[Publication]) -> None:
    setting = _large_messages
    if setting is not None:
        waiting = [offloaded(each, setting) if each.size_bytes > setting.over_bytes else each for each in waiting]
    too_large = [
        f"body: {publication.size_bytes:,} bytes with its attributes are above {publication.most_bytes:,}"
        for publication in waiting
        if publication.size_bytes > publication.most_bytes
    ]
    if too_large:
        raise ValueError("; ".join(too_large))
    recorder = _recorder.get()
    if recorder is None and _recorders:
        recorder = next(reversed(_recorders.values()))
    if recorder is None:
        send(waiting)
    else:
        recorder.extend(waiting)


@contextmanager
def recorded() -> Iterator[list[Publication]]:
    """Record what is published meanwhile, in whatever thread, instead of sending it."""
    published: list[Publication] = []
    _recorders[id(published)] = published
    token = _recorder.set(published)
    try:
        yield published
    finally:
        _recorder.reset(token)
        del _recorders[id(published)]
