"""Tells SQS what was decided: deletes what is done, and sets when the rest becomes visible again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from worker_runtime.errors import QueueError
from worker_runtime.health import Calls
from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.leases import Leases
from worker_runtime.settlement.deletes import Deletes
from worker_runtime.sqs import batcher
from worker_runtime.sqs.batcher import Batcher
from worker_runtime.sqs.queue import Queue
from worker_runtime.telemetry.event_log import EventLog

#: Where requests are slow, deletes go beside the receives: as many threads delete then as may receive.
_SLOW_THREADS_MOST = 80


class _Return(NamedTuple):
    """What becomes visible in `seconds`, and who wants to know once SQS has confirmed it."""

    held: Held
    seconds: int
    on_confirmed: Callable[[Held, int], None] | None


class Acknowledger:
    """Sends deletes and visibility changes in batches of ten."""

    def __init__(self, queue: Queue, leases: Leases, capacity: Capacity, health: Calls, log: EventLog) -> None:
        """`health` is of the deletes."""
        self._queue = queue
        self._leases = leases
        self._capacity = capacity
        self._log = log
        self._deletes = Deletes(queue, leases, health, log)
        self._done: Batcher[Held] = Batcher("deletes", self._deletes.send, self._threads_most)
        self._returns: Batcher[_Return] = Batcher("returns", self._return)
        self._unreturned_until = 0.0
        """Until then, messages are invisible that could not be returned."""

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
        held.done = True
        held.let_body_go()
        self._done.add(held)

    def acknowledge_all(self, messages: list[Held]) -> None:
        """Delete messages that settle_all named, soon."""
        for held in messages:
            held.let_body_go()
        if self._deletes.are_slow:
            self._done.add_all(messages)
        else:
            self._done.add(*messages)

    def delete(self, messages: list[Held]) -> None:
        """Delete messages that settle_all named: where requests are quick, in the calling thread as far as the messages
        fill them; the rest soon."""
        if self._deletes.are_slow:
            self.acknowledge_all(messages)
        else:
            self._done.send(messages)

    def return_after(self, held: Held, seconds: int, on_confirmed: Callable[[Held, int], None] | None = None) -> None:
        """Make a message visible in `seconds`; it is leased no longer."""
        self._leases.release(held)
        self._returns.add(_Return(held, seconds, on_confirmed))

    def return_now(self, messages: Sequence[Held], on_confirmed: Callable[[Held, int], None] | None = None) -> None:
        """Make messages visible at once; they are leased no longer."""
        for held in messages:
            self._leases.release(held)
        self._returns.add_all([_Return(held, 0, on_confirmed) for held in messages])

    def flush_returns(self, timeout_seconds: float) -> None:
        """Wait until SQS has been told of everything that goes back, at once from now on."""
        self._returns.close(timeout_seconds)

    def close(self, timeout_seconds: float) -> bool:
        """Send what waits; tells whether SQS has confirmed all of it in time, and all that went back before."""
        deadline = time.monotonic() + timeout_seconds
        # Waited for one after the other, but all of them are sent meanwhile.
        confirmed = True
        for part in (self._done, self._deletes, self._returns):
            confirmed &= part.close(max(0.0, deadline - time.monotonic()))
        return confirmed and time.monotonic() >= self._unreturned_until

    def _threads_most(self) -> int:
        """Enough to delete ten messages for each ten that are handled meanwhile."""
        for_slow_ones = int(self._deletes.seconds / self._capacity.ten_seconds) if self._deletes.are_slow else 0
        return min(batcher.THREADS_MOST + for_slow_ones, _SLOW_THREADS_MOST)

    def _return(self, batch: list[_Return]) -> None:
        left = batch
        try:
            left = self._left_of(batch)
        finally:
            for one in left:
                self._unreturned_until = max(self._unreturned_until, one.held.lease_until)

    def _left_of(self, batch: list[_Return]) -> list[_Return]:
        """Return messages, and what could not be: at worst it comes back when its visibility timeout is over, so one
        more try is enough."""
        left = batch
        reason = ""
        for _ in range(2):
            try:
                failures = self._queue.change_visibility([(one.held.receipt_handle, one.seconds) for one in left])
            except QueueError as error:
                reason = str(error)
                if error.queue_is_gone:
                    left = []
                if not error.retry:
                    break
                continue
            failed = {failure.index for failure in failures}
            self._confirm([one for index, one in enumerate(left) if index not in failed])
            if failures:
                reason = failures[0].code
            # Of those that are lost, another worker decides.
            left = [left[failure.index] for failure in failures if not failure.lost]
            if not left:
                break
        if reason:
            self._log.event("return_failed", "WARNING", messages=len(left), reason=reason)
        return left

    def _confirm(self, returned: list[_Return]) -> None:
        for one in returned:
            if one.on_confirmed is not None:
                one.on_confirmed(one.held, one.seconds)
