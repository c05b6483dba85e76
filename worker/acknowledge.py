"""Tells SQS what was decided: deletes what is done, and sets when the rest becomes visible again."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from worker.backoff import delay_seconds
from worker.batcher import Batcher
from worker.errors import QueueError
from worker.held import Held
from worker.logs import EventLog
from worker.queue import BATCH_MOST, Failure, Queue
from worker.visibility import Leases

_TRIES = 6
_TRY_BASE_SECONDS = 0.2
_TRY_CAP_SECONDS = 5.0


class Acknowledger:
    """Sends deletes and visibility changes in batches of ten."""

    def __init__(self, queue: Queue, leases: Leases, log: EventLog) -> None:
        self._queue = queue
        self._leases = leases
        self._log = log
        self._deletes: Batcher[Held] = Batcher("deletes", self._delete)
        self._returns: Batcher[tuple[Held, int]] = Batcher("returns", self._return)
        self._closed = threading.Event()

    @property
    def backlog(self) -> int:
        """Messages that are done and not yet deleted."""
        return self._deletes.backlog

    def acknowledge(self, held: Held) -> None:
        """Delete a message soon; it stays leased until SQS has confirmed."""
        self._deletes.add(held)

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

    def close(self, timeout_seconds: float) -> bool:
        """Send what waits; tells whether SQS has confirmed all of it in time."""
        returned = self._returns.close(timeout_seconds)
        deleted = self._deletes.close(timeout_seconds)
        self._closed.set()
        return returned and deleted

    def _delete(self, batch: list[Held]) -> None:
        """Delete a batch; what fails is tried again alone, for as long as the lease holds."""
        for attempt in range(1, _TRIES + 1):
            failures = self._failed_deletes(batch)
            failed = {failure.index for failure in failures}
            for index, held in enumerate(batch):
                if index not in failed:
                    self._leases.release(held)
            batch = self._worth_another_try(batch, failures)
            if not batch or self._closed.wait(delay_seconds(attempt, _TRY_BASE_SECONDS, _TRY_CAP_SECONDS)):
                break
        for held in batch:
            self._give_up(held, "every try failed")

    def _failed_deletes(self, batch: list[Held]) -> list[Failure]:
        try:
            return self._queue.delete([held.receipt_handle for held in batch])
        except QueueError as error:
            # Even a refusal may be over in a moment: only the answer to an entry can be final.
            return [Failure(index, error.code, lost=False) for index in range(len(batch))]

    def _worth_another_try(self, batch: list[Held], failures: list[Failure]) -> list[Held]:
        again = []
        for failure in failures:
            held = batch[failure.index]
            if failure.lost or self._leases.has_lapsed(held):
                self._give_up(held, failure.code)
            else:
                again.append(held)
        return again

    def _give_up(self, held: Held, reason: str) -> None:
        self._leases.release(held)
        message = held.message
        self._log.event(
            "delete_failed",
            "ERROR",
            message_id=message.id,
            receive_count=message.receive_count,
            reason=reason,
        )

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
