"""Leases: everything that this process holds stays invisible to others until it is done with it."""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Iterable
from typing import Any

from worker_runtime.errors import QueueError
from worker_runtime.health import Calls
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.rights import Rights
from worker_runtime.sqs.batcher import Batcher
from worker_runtime.sqs.queue import Queue
from worker_runtime.sqs.quotas import IN_FLIGHT_MOST_SECONDS
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.telemetry.metrics import Metrics

#: Leases end this much earlier here than in SQS, for the time that calls take; less where the timeout is
#: short.
_MARGIN_SECONDS = 2.0
#: What an extension may take, a quarter of the timeout between these two: another one fits before the end of the lease.
_ANSWER_LEAST_SECONDS = 1.0
_ANSWER_MOST_SECONDS = 5.0
_TICKS_PER_HEARTBEAT = 4
_TICK_MOST_SECONDS = 1.0


class Leases:
    """Extends the visibility of held messages each third of the queue's visibility timeout."""

    def __init__(self, queue: Queue, visibility_seconds: int, health: Calls, log: EventLog, metrics: Metrics) -> None:
        """`health` is of the extensions."""
        self._queue = queue
        self.rights = Rights(queue)
        self.seconds = max(1, visibility_seconds)
        """How long a message is held by one receive or extension."""
        self._health = health
        self._log = log
        self._metrics = metrics
        self._margin = min(_MARGIN_SECONDS, self.seconds / 10)
        self._heartbeat = self.seconds / 3
        self._answer_seconds = min(_ANSWER_MOST_SECONDS, max(_ANSWER_LEAST_SECONDS, self.seconds / 4))
        self._held: dict[str, Held] = {}
        self._outlived: dict[str, Held | None] = {}
        """By id of a message whose handler runs on without a lease: the message as it came again meanwhile."""
        self._extensions: Batcher[Held] = Batcher("extensions", self._extend)
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def __len__(self) -> int:
        """Messages held."""
        return len(self._held)

    def start(self) -> None:
        """Start the heartbeat. Raises RuntimeError where the system refuses a thread."""
        self._extensions.start()
        threading.Thread(target=self._run, name="leases", daemon=True).start()

    def close(self) -> None:
        """Stop the heartbeat; what is still held lapses."""
        self._closed.set()

    def hold(self, received: Iterable[dict[str, Any]]) -> list[Held]:
        """Hold received messages; returns those that may start: SQS may deliver again what is held here, or what a
        handler here has not left although its lease was lost."""
        now = time.monotonic()
        new = []
        with self._lock:
            for entry in received:
                id_ = entry["MessageId"]
                if id_ in self._held:
                    self._received_again(self._held[id_], entry, now)
                    continue
                try:
                    held = Held(entry, now, self._queue.key)
                except Exception as error:  # a fault of the runtime's own: SQS's redrive takes the message
                    self._log.event("message_unreadable", "ERROR", message_id=id_, error=repr(error))
                    continue
                self._renew(held, now, self.seconds)
                self._held[id_] = held
                if id_ in self._outlived:
                    self._outlived[id_] = held
                else:
                    new.append(held)
        return new

    def take_outlived(self, held: Held) -> Held | None:
        """Note that the handler of a lost message is done with it; returns the message as it came again meanwhile."""
        with self._lock:
            again = self._outlived.pop(held.id, None)
            return again if again is not None and self._holds(again) else None

    def outliving(self) -> list[Held]:
        """Messages that came again and wait for the end of their first handler."""
        with self._lock:
            return [held for held in self._outlived.values() if held is not None]

    def release(self, held: Held) -> None:
        """Stop extending a message."""
        self.release_all([held])

    def release_all(self, messages: Iterable[Held]) -> None:
        """Stop extending messages."""
        with self._lock:
            for held in messages:
                if self._held.get(held.id) is held:
                    del self._held[held.id]

    def next_try(self, held: Held) -> Held | None:
        """Hold the message for one more try in place of this one; None where it is held no longer."""
        with self._lock:
            if not self._holds(held):
                return None
            again = self._held[held.id] = held.again()
            if again.extend_at == math.inf:  # the extension under way is of the other one
                again.extend_at = 0
            return again

    def held(self) -> list[Held]:
        """Everything held."""
        with self._lock:
            return list(self._held.values())

    def has_lapsed(self, held: Held) -> bool:
        """Tell whether another worker may have the message by now."""
        return bool(self.lapsed([held]))

    def lapsed(self, messages: Iterable[Held]) -> list[Held]:
        """Those that another worker may have by now."""
        now = time.monotonic()
        return [held for held in messages if held.lost or now >= held.lease_until]

    def lose(self, held: Held, reason: str) -> None:
        """Note that the lease is gone: nothing may be decided about the message here any more."""
        held.lost = True
        with self._lock:
            if self._holds(held):
                del self._held[held.id]
            if held.started_at is not None and not held.claimed:
                self._outlived.setdefault(held.id)
        self._log.event(
            "lease_lost",
            "WARNING",
            message_id=held.id,
            receive_count=held.receive_count,
            running=held.started_at is not None,
            reason=reason,
        )
        self._metrics.count("lease_lost")
        held.cancel()

    def _holds(self, held: Held) -> bool:
        return self._held.get(held.id) is held

    def _received_again(self, known: Held, entry: dict[str, Any], now: float) -> None:
        """Use the newest receipt handle: with the older one a delete would succeed and delete nothing."""
        known.receipt_handle = entry["ReceiptHandle"]
        self._renew(known, now, self.seconds)
        self._log.event("message_received_again", "WARNING", message_id=known.id)

    def _renew(self, held: Held, now: float, seconds: float) -> None:
        held.lease_until = now + seconds - self._margin
        held.extend_at = now + min(self._heartbeat, seconds / 3)

    def _run(self) -> None:
        tick = min(_TICK_MOST_SECONDS, self._heartbeat / _TICKS_PER_HEARTBEAT)
        while not self._closed.wait(tick):
            try:
                self._extend_what_is_due(time.monotonic())
            except Exception:  # the runtime's own: without a heartbeat every lease would be lost
                self._log.event("thread_failed", "ERROR", thread="leases", error=traceback.format_exc())

    def _extend_what_is_due(self, now: float) -> None:
        """Have others extend: a call that hangs must hide no lapse, and where much is held, there is no time for one
        call after another."""
        due = []
        for held in self.held():
            if now >= held.lease_until:
                over = self._seconds_left(held, now) <= 0
                self.lose(held, "SQS holds a message for 12 hours at most" if over else "the lease ran out")
            # A claimed message whose delete is under way is extended too: the delete may need several tries.
            elif now >= held.extend_at and self._seconds_left(held, now) > 0:
                held.extend_at = math.inf
                due.append(held)
        self._extensions.add_all(due)

    def _extend(self, batch: list[Held]) -> None:
        try:
            self._extend_held([held for held in batch if self._holds(held)])
        except Exception:  # the runtime's own: without a heartbeat every lease would be lost
            self._log.event("thread_failed", "ERROR", thread="extensions", error=traceback.format_exc())
        finally:
            for held in batch:
                if held.extend_at == math.inf:
                    held.extend_at = 0  # failed: once more with the next tick

    def _extend_held(self, batch: list[Held]) -> None:
        """Extend what was not handed back meanwhile: that would be hidden again."""
        now = time.monotonic()
        if not batch:
            return
        changes = [(held.receipt_handle, max(1, self._seconds_left(held, now))) for held in batch]
        try:
            failed = {
                failure.index: failure for failure in self._queue.change_visibility(changes, self._answer_seconds)
            }
        except QueueError as error:
            self._log.event("heartbeat_failed", "WARNING", error=str(error), messages=len(batch))
            self._health.failed(str(error))
            self.rights.note_failure(error)
            return
        self._health.answered([failure.code for failure in failed.values() if not failure.lost], len(batch))
        for index, held in enumerate(batch):
            failure = failed.get(index)
            if failure is None:
                self._renew(held, now, changes[index][1])
            elif failure.lost:
                self._failed_for_good(held, failure.code, changes[index][0])

    def _failed_for_good(self, held: Held, code: str, handle: str) -> None:
        # Deleted a moment ago, or received again with a newer handle: then nothing is lost.
        if self._holds(held) and held.receipt_handle == handle:
            self.lose(held, code)

    def _seconds_left(self, held: Held, now: float) -> int:
        """The visibility timeout, less where the 12 hours of SQS end before."""
        return min(self.seconds, int(IN_FLIGHT_MOST_SECONDS - (now - held.received_at)) - 1)
