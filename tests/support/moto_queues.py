"""moto's queues, guarded where several callers ask at once.

moto's server answers in threads, but its queue locks nothing but the end of its list. Of two deletions at once each
makes the list anew, and the later one brings the other's message back: it is handled again after its visibility
timeout. A message that is sent meanwhile is lost, and one that two receive at once is handled twice. AWS, which this
server stands for, does none of these.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from moto.sqs.models import Queue, SQSBackend

#: How soon a poll sees that a message's visibility timeout is over.
_LOOK_SECONDS = 0.25


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Have the callers of a queue take turns, by the lock that the queue has."""
    guards: list[tuple[Any, str, Callable[[Any], Any]]] = [
        (Queue, "add_message", _in_turn),
        (Queue, "delete_message", _in_turn),
        (SQSBackend, "receive_message", _poll_in_turn),
    ]
    with ExitStack() as patches:
        for owner, name, guard in guards:
            patches.enter_context(patch.object(owner, name, guard(getattr(owner, name))))
        yield


def _in_turn(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def guarded(queue: Any, *arguments: Any, **named: Any) -> Any:
        with queue._messages_lock:
            return method(queue, *arguments, **named)

    return guarded


def _poll_in_turn(receive: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """A poll lets the others have their turn while it waits."""

    @wraps(receive)
    def guarded(backend: Any, queue_name: str, count: int, wait_seconds: int, *more: Any) -> list[Any]:
        lock = backend.get_queue(queue_name)._messages_lock
        deadline = time.monotonic() + wait_seconds
        with lock:
            while not (received := receive(backend, queue_name, count, 0, *more)) and time.monotonic() < deadline:
                lock.wait(_LOOK_SECONDS)
        return received

    return guarded
