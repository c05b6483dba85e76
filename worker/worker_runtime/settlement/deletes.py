"""Deletes what is done, and tries again what could not be deleted for as long as its lease holds."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from worker_runtime.backoff import delay_seconds
from worker_runtime.errors import QueueError
from worker_runtime.health import Calls
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.leases import Leases
from worker_runtime.sqs.call_time import CallTime
from worker_runtime.sqs.queue import Failure, Queue
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.threads import report_failure, start_thread

#: Back-off after a request that failed, from and up to these.
_TRY_BASE_SECONDS = 0.2
TRY_CAP_SECONDS = 5.0
#: The heartbeat would hold a message that cannot be deleted for 12 hours: it is given up after this long.
GIVE_UP_SECONDS = 600.0
#: SQS delivered the message again meanwhile: it confirms a delete with the older receipt handle, and may delete
#: nothing.
_RECEIVED_AGAIN = "ReceivedAgain"


class _Failed(NamedTuple):
    """What one more request is to delete: an entry that failed, alone, or a whole batch whose call failed."""

    batch: list[Held]
    reason: str
    give_up_at: float


class Deletes:
    """Requests to delete. Those that fail wait for a thread of their own, so that they hold no other up.

    It makes one request after another, with a pause after each that fails: an outage sees few of them, however
    much waits.
    """

    def __init__(self, queue: Queue, leases: Leases, health: Calls, log: EventLog) -> None:
        """`health` is of the deletes."""
        self._queue = queue
        self._leases = leases
        self._health = health
        self._log = log
        self._changed = threading.Condition()
        self._failed: deque[_Failed] = deque()
        self._started = False
        """The thread runs."""
        self._trying = False
        """A request of its is under way."""
        self._failures = 1
        """Requests that failed one after another: the thread pauses before the next."""
        self._time = CallTime()

    @property
    def backlog(self) -> int:
        """Messages whose delete has failed and waits for another try."""
        return sum(len(failed.batch) for failed in list(self._failed))

    @property
    def seconds(self) -> float:
        """What requests take."""
        return self._time.seconds

    @property
    def are_slow(self) -> bool:
        """Requests take long, all of them."""
        return self._time.is_long

    def start(self) -> None:
        """Start the thread. Raises RuntimeError where the system refuses it."""
        with self._changed:
            self._see_to_thread()
            if not self._started:
                raise RuntimeError("can't start a thread for failed deletes")

    def send(self, batch: list[Held]) -> None:
        """Delete up to ten messages for the first time."""
        started_at = time.monotonic()
        failed = self._delete(batch, started_at + GIVE_UP_SECONDS)
        self._time.note(time.monotonic() - started_at)
        if not failed:
            return
        with self._changed:
            self._see_to_thread()
            if not self._failed:  # else it would end the thread's pause
                self._changed.notify_all()
            self._failed.extend(failed)

    def close(self, timeout_seconds: float) -> bool:
        """Try what has failed again, at once and then with back-off; tells whether all is decided in time."""
        with self._changed:
            self._failures = 1
            self._changed.notify_all()
            decided = self._changed.wait_for(lambda: not self._failed and not self._trying, timeout_seconds)
            left = list(self._failed)
            self._failed.clear()
        for failed in left:
            self._give_up(failed.batch, failed.reason)
        return decided

    def _see_to_thread(self) -> None:
        """Have the thread run; `_changed` is held."""
        if not self._started:
            self._started = start_thread(self._run, "failed deletes")

    def _run(self) -> None:
        while True:
            try:
                self._try_again(self._next())
            except BaseException:  # one that fails is not to keep others from being tried
                report_failure()

    def _try_again(self, failed: _Failed) -> None:
        again: list[_Failed] = []
        try:
            batch = self._worth_another_try(failed)
            again = self._delete(batch, failed.give_up_at) if batch else []
        finally:
            with self._changed:
                self._failed.extend(again)
                self._failures = self._failures + 1 if again else 0
                self._trying = False
                self._changed.notify_all()

    def _next(self) -> _Failed:
        """Wait for what has failed, pause after a failure, and take what has waited longest."""
        with self._changed:
            while True:
                while not self._failed:
                    self._failures = 1
                    self._changed.wait()
                if self._failures:
                    self._changed.wait(delay_seconds(self._failures, _TRY_BASE_SECONDS, TRY_CAP_SECONDS))
                if self._failed:  # not given up meanwhile
                    self._trying = True
                    return self._failed.popleft()

    def _worth_another_try(self, failed: _Failed) -> list[Held]:
        if time.monotonic() >= failed.give_up_at:
            self._give_up(failed.batch, failed.reason)
            return []
        lapsed = self._leases.lapsed(failed.batch)
        self._give_up(lapsed, failed.reason)
        return [held for held in failed.batch if held not in lapsed]

    def _delete(self, batch: list[Held], give_up_at: float) -> list[_Failed]:
        """Make one request; returns what is worth another."""
        handles = [held.receipt_handle for held in batch]
        try:
            failures = self._queue.delete(handles)
        except QueueError as error:
            self._leases.rights.note_failure(error)
            self._health.failed(str(error))
            # Even a refusal may be over in a moment, unless the queue is gone and its messages with it.
            if not error.queue_is_gone:
                return [_Failed(batch, error.code, give_up_at)]
            failures = [Failure(index, error.code, lost=True) for index in range(len(batch))]
        else:
            self._health.answered([failure.code for failure in failures if not failure.lost], len(batch))
        if not failures and handles == [held.receipt_handle for held in batch]:
            self._leases.release_all(batch)
            return []
        return self._worth_another(batch, handles, failures, give_up_at)

    def _worth_another(
        self, batch: list[Held], handles: list[str], failures: list[Failure], give_up_at: float
    ) -> list[_Failed]:
        """Of a request that was answered, what has to be made again."""
        failed = {failure.index: failure for failure in failures}
        again = []
        for index, held in enumerate(batch):
            if held.receipt_handle != handles[index]:
                again.append(_Failed([held], _RECEIVED_AGAIN, give_up_at))
            elif index not in failed:
                self._leases.release(held)
            elif failed[index].lost:
                self._give_up([held], failed[index].code)
            else:
                again.append(_Failed([held], failed[index].code, give_up_at))
        return again

    def _give_up(self, batch: Iterable[Held], reason: str) -> None:
        for held in batch:
            self._leases.release(held)
            self._log.event(
                "delete_failed",
                "ERROR",
                message_id=held.id,
                receive_count=held.receive_count,
                reason=reason,
            )
