"""Decides what becomes of a message once its handler is done with it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from worker_runtime.backoff import delay_seconds
from worker_runtime.errors import QueueError, Reject, Retry, text_of
from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.in_place_retries import InPlaceRetries
from worker_runtime.in_flight.leases import Leases
from worker_runtime.in_flight.run_queue import RunQueue
from worker_runtime.settlement.acknowledger import Acknowledger
from worker_runtime.settlement.dead_letters import DeadLetters
from worker_runtime.sqs.quotas import IN_FLIGHT_MOST_SECONDS
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.telemetry.metrics import Metrics

#: What came of each message of a call of the handler: None where it succeeded, else what it raised.
Errors = list[BaseException | None]
#: A call's messages, what came of them (None where all succeeded), and the seconds that it took.
Outcome = tuple[list[Held], Errors | None, float]
_NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class Settler:
    """Acknowledges, retries or rejects; every message comes here once."""

    leases: Leases
    acknowledger: Acknowledger
    dead_letters: DeadLetters
    run_queue: RunQueue
    capacity: Capacity
    retries: InPlaceRetries
    log: EventLog
    metrics: Metrics
    max_receive_count: int | None
    backoff_base_seconds: float
    backoff_cap_seconds: float

    def has_lapsed(self, held: Held) -> bool:
        """Tell whether another worker may have the message by now."""
        return self.leases.has_lapsed(held)

    def startable(self, batch: list[Held]) -> list[Held]:
        """Leave out the messages whose lease was lost while they waited: another worker may have them; and all, where
        SQS lets this worker hold none."""
        if self.leases.rights.are_missing:
            for held in batch:
                self.hand_back([held, *self.run_queue.group_stops(held)])
            self.run_queue.ended(len(batch))
            return []
        lapsed = self.leases.lapsed(batch)
        for held in lapsed:
            if held.claim():
                self._lose(held)
                self.hand_back(self.run_queue.group_stops(held))
                self.capacity.give_back(1)
        if not lapsed:
            return batch
        self.run_queue.ended(len(lapsed))
        return [held for held in batch if held not in lapsed]

    def settle(self, held: Held, error: BaseException | None, seconds: float) -> None:
        """Decide about a message whose handler returned (error is None) or raised, after `seconds`."""
        if not held.claim():
            self._log(held, "handler_finished_late", "WARNING", seconds, error)
            return
        try:
            self._decide(held, error, seconds)
        except BaseException as failure:  # whatever it is, it must cost neither the message nor its place
            self._let_go(held, failure)
        finally:
            self.capacity.finished([seconds])
            self.run_queue.ended()

    def settle_all(self, outcomes: Iterable[Outcome]) -> list[Held]:
        """Decide about many messages at once; returns those that the caller is to delete (Acknowledger.delete)."""
        now = time.monotonic()
        done: list[Held] = []
        done_after: list[float] = []
        for batch, errors, seconds in outcomes:
            for held in self._succeeded(batch, errors, seconds) if errors else batch:
                if not held.lost and now < held.lease_until and held.claim():
                    held.done = True
                    done.append(held)
                    done_after.append(seconds)
                else:
                    self.settle(held, None, seconds)
        try:
            self.metrics.count_handlers("message_processed", done_after)
            told = [(held, seconds, _more(held)) for held, seconds in zip(done, done_after, strict=True)]
            self.log.message_events("message_processed", "INFO", told)
            self.run_queue.groups_go_on(done)
        except BaseException as failure:  # whatever it is, it must cost neither the messages nor their places
            for held in done:
                self._let_go(held, failure)
        finally:
            self.capacity.finished(done_after)
            self.run_queue.ended(len(done))
        return done

    def _succeeded(self, batch: list[Held], errors: Errors, seconds: float) -> list[Held]:
        """Settle the messages of a call that failed; returns the others."""
        succeeded = []
        for held, error in zip(batch, errors, strict=True):
            if error is None:
                succeeded.append(held)
            else:
                self.settle(held, error, seconds)
        return succeeded

    def hand_back(self, messages: list[Held]) -> None:
        """Let others have messages that no handler has started."""
        unstarted = [held for held in messages if held.claim()]
        self.acknowledger.return_now(unstarted, self._returned)
        self.capacity.give_back(len(unstarted))

    def hand_back_waiting(self) -> None:
        """Let others have the heads of groups that wait here for their next try, when it is due."""
        for held, seconds in self.retries.close():
            if held.claim():
                self.acknowledger.return_after(held, seconds, self._returned)
                self.capacity.give_back(1)

    def abandon_held(self) -> int:
        """Let others have what is still held when the worker has to leave; returns how many messages that are.

        Their handlers still run, or have been forgotten: the leases know, whoever else does not.
        """
        waiting = set(self.run_queue.waiting())
        abandoned = [held for held in self.leases.held() if not held.done and held not in waiting]
        for held in abandoned:
            held.claim()
            seconds = 0 if held.started_at is None else time.monotonic() - held.started_at
            self._log(held, "message_abandoned", "WARNING", seconds, None)
            held.cancel()
        self.acknowledger.return_now(abandoned)
        return len(abandoned)

    def _decide(self, held: Held, error: BaseException | None, seconds: float) -> None:
        if self.has_lapsed(held):
            self._lost(held, seconds)
        elif error is None:
            self._done(held, "message_processed", "INFO", seconds, None)
        elif _is(error, Reject) or self._is_last_try(held):
            self._dead_letter(held, error, seconds)
        else:
            self._retry(held, error, seconds)

    def _let_go(self, held: Held, failure: BaseException) -> None:
        """Let others have a message that could not be decided about, after the usual back-off, unless it is being
        deleted already."""
        if not held.done:
            self.acknowledger.return_after(held, round(self._backoff_seconds(held)))
        self.hand_back(self.run_queue.group_stops(held))
        self._start_again(held)
        text = "".join(traceback.format_exception(failure))
        self._log(held, "settle_failed", "ERROR", 0, failure, traceback=text)

    def _lose(self, held: Held) -> None:
        if not held.lost:
            self.leases.lose(held, "the lease ran out")

    def _lost(self, held: Held, seconds: float) -> None:
        self._lose(held)
        self._log(held, "handler_finished_late", "WARNING", seconds, None)
        self.hand_back(self.run_queue.group_stops(held))
        self._start_again(held)

    def _start_again(self, held: Held) -> None:
        """Start the message that came again while its handler ran without a lease: never beside it."""
        if again := self.leases.take_outlived(held):
            self.capacity.take(1)
            self.run_queue.put([again])

    def _is_last_try(self, held: Held) -> bool:
        return self.max_receive_count is not None and held.receive_count >= self.max_receive_count

    def _done(self, held: Held, action: str, level: str, seconds: float, error: BaseException | None) -> None:
        self.acknowledger.acknowledge(held)
        self._decided(held, action, level, seconds, error)
        self.run_queue.groups_go_on([held])

    def _dead_letter(self, held: Held, error: BaseException, seconds: float) -> None:
        if not self.dead_letters.exist:
            return self._retry(held, error, seconds)
        try:
            self.dead_letters.put(held, error)
        except QueueError as failure:
            self._log(held, "dead_letter_failed", "ERROR", seconds, error, reason=str(failure))
            return self._retry(held, error, seconds)
        action = "message_rejected" if _is(error, Reject) else "message_dead_lettered"
        return self._done(held, action, "WARNING", seconds, error)

    def _retry(self, held: Held, error: BaseException, seconds: float) -> None:
        self.dead_letters.note_failure(held)
        delay = self._delay_seconds(held, error)
        action = "message_retried" if _is(error, Retry) else "message_failed"
        self._decided(held, action, "WARNING", seconds, error, delay_seconds=delay)
        followers = self.run_queue.followers(held)
        if followers is not None and not self._is_last_try(held) and self.retries.add(held, delay, followers):
            return
        self.acknowledger.return_after(held, delay)
        self.hand_back(self.run_queue.group_stops(held))

    def _delay_seconds(self, held: Held, error: BaseException) -> int:
        asked = getattr(error, "delay_seconds", None) if _is(error, Retry) else None
        delay = self._backoff_seconds(held) if asked is None else asked
        # SQS counts its 12 hours from the receive and refuses more.
        longest = IN_FLIGHT_MOST_SECONDS - (time.monotonic() - held.received_at) - 1
        return round(max(0, min(delay, longest)))

    def _backoff_seconds(self, held: Held) -> float:
        return delay_seconds(held.receive_count, self.backoff_base_seconds, self.backoff_cap_seconds)

    def _decided(
        self, held: Held, action: str, level: str, seconds: float, error: BaseException | None, **more: Any
    ) -> None:
        self.metrics.count_handlers(action, [seconds])
        self._log(held, action, level, seconds, error, **more)

    def _returned(self, held: Held, seconds: int) -> None:
        """SQS has confirmed that others may have the message."""
        self._log(held, "message_returned", "INFO", 0, None, **({"delay_seconds": seconds} if seconds else {}))

    def _log(
        self, held: Held, action: str, level: str, seconds: float, error: BaseException | None, **more: Any
    ) -> None:
        if error is not None:
            more |= {"error_type": type(error).__name__, "error": text_of(error)}
        self.log.message_events(action, level, [(held, seconds, more | _more(held))])


def _more(held: Held) -> dict[str, Any]:
    """What a message's lines tell of it where it has that."""
    trace = held.trace_id
    if held.group is None and trace is None:
        return _NOTHING
    more = {"group": held.group, "trace_id": trace}
    return {name: value for name, value in more.items() if value is not None}


def _is(error: BaseException, kind: type[BaseException]) -> bool:
    """As isinstance, which asks an object for its `__class__` too: an exception of a user's may raise there."""
    return issubclass(type(error), kind)
