"""A call of the handler."""

from __future__ import annotations

from typing import NamedTuple

from worker_runtime.handler import Handler
from worker_runtime.in_flight.held import Held
from worker_runtime.runners.forked import end_forked_child
from worker_runtime.runners.lanes import Lane
from worker_runtime.telemetry.python_logging import current_message


class Call(NamedTuple):
    """The messages of a call that is under way, whose they are, and when it started."""

    lane: Lane
    batch: list[Held]
    started_at: float


def call_handler(handler: Handler, batch: list[Held]) -> list[BaseException | None]:
    """Call a plain handler; returns what became of each message."""
    errors: list[BaseException | None]
    try:
        if handler.batch_size is None:
            message = batch[0].message
            current_message.set(message)
            result = handler.function(message)
        else:
            current_message.set(None)  # not that of the thread's last call, perhaps of another queue's handler
            result = handler.function([held.message for held in batch])
        errors = [None] * len(batch) if result is None else handler.errors(result, [held.id for held in batch])
    except BaseException as error:  # even SystemExit concerns these messages alone
        errors = [error] * len(batch)
    end_forked_child(errors[0])
    return errors
