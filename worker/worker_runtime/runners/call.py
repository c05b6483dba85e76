"""A call of the handler."""

from __future__ import annotations

from dataclasses import dataclass

from worker_runtime.handler import Handler
from worker_runtime.in_flight.held import Held
from worker_runtime.runners.forked import end_forked_child
from worker_runtime.runners.lanes import Lane
from worker_runtime.settlement.settler import Errors
from worker_runtime.telemetry.python_logging import current_message


@dataclass(slots=True, eq=False)
class Call:
    """The messages of a call that is under way, whose they are, and when it started."""

    lane: Lane
    batch: list[Held]
    started_at: float


def call_handler(handler: Handler, batch: list[Held]) -> Errors | None:
    """Call a plain handler; returns what became of each message, or None where all succeeded."""
    errors: Errors | None = None
    try:
        if handler.batch_size is None:
            message = batch[0].message
            current_message.set(message)
            result = handler.function(message)
        else:
            current_message.set(None)  # not that of the thread's last call, perhaps of another queue's handler
            result = handler.function([held.message for held in batch])
        if result is not None:
            errors = handler.errors(result, [held.id for held in batch])
    except BaseException as error:  # even SystemExit concerns these messages alone
        errors = [error for _ in batch]
    end_forked_child(errors[0] if errors else None)
    return errors
