"""Tells SQS what was decided: deletes what is done, and sets when the rest becomes visible again."""

from __future__ import annotations

import time
from collections.abc import Sequence

from worker_runtime.errors import QueueError
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.leases import Leases
from worker_runtime.settlement.deletes import Deletes
from worker_runtime.sqs.batcher import Batcher
from worker_runtime.sqs.queue import Queue
from worker_runtime.sqs.quotas import BATCH_MOST
from worker_runtime.telemetry.event_log import EventLog


class Acknowledger:
    """Sends deletes and visibility changes in batches of ten."""

    def __init__(self, queue: Queue, leases: Leases, log: EventLog) -> None:
        self._queue = queue
        self._leases = leases
        self._log = log
        self._deletes = Deletes(queue, leases, log)
        self._done: Batcher[Held] = Batcher("deletes", self._deletes.send)
        self._returns: Batcher[tuple[Held, int]] = Batcher("returns", self._return)

    def start(self) -> None:
        """Start the threads that send. Raises RuntimeError where the system refuses one."""
        for part in (self._done, self._deletes, self._returns):
            part.start()

    @property
    def backlog(self) -> int:
        """Messages that are done and not yet deleted."""
        return self._done.backlog + self._deletes.backlog

    def acknowledge(self, held: Held) -> None:
        """Delete a message soon; it stays leased until SQS has confirmed."""
        self._done.add(held)

    def return_after(self, held: Held, seconds: int) -> None:
        """Make a message visible in `seconds`; it is leased no longer."""
        self._leases.release(held)
        self._returns.add((held, seconds))

    def return_now(self, messages: Sequence[Held]) -> None:
        """Make messages visible at once, in their order and before this method returns."""
        for held in messages:
            self._leases.release(held)
        for start in range(0, len(messages), BATCH_MOST):
            self._return([(held, 0) for held in messages[start : start + BATCH_MOST]])

    def flush_returns(self, timeout_seconds: float) -> None:
        """Wait until SQS has been told of everything that goes back, at once from now on."""
        self._returns.close(timeout_seconds)

    def close(self, timeout_seconds: float) -> bool:
        """Send what waits; tells whether SQS has confirmed all of it in time."""
        deadline = time.monotonic() + timeout_seconds
        # Waited for one after the other, but all of them are sent meanwhile.
        confirmed = True
        for part in (self._done, self._deletes, self._returns):
            confirmed &= part.close(max(0.0, deadline - time.monotonic()))
        return confirmed

    def _return(self, batch: list[tuple[Held, int]]) -> None:
        """One more try is enough: at worst a message comes back when its visibility timeout is over."""
        changes = [(held.receipt_handle, seconds) for held, seconds in batch]
        reason = ""
        for _ in range(2):
            try:
                failures = self._queue.change_visibility(changes)
            except QueueError as error:
                reason = str(error)
                if not error.retry:
                    break
                continue
            if not failures:
                return
            reason = failures[0].code
            changes = [changes[failure.index] for failure in failures]
        self._log.event("return_failed", "WARNING", messages=len(changes), reason=reason)
