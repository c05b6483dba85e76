"""Receives: one long poll when idle, as many receivers as the load needs when busy."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from worker_runtime.backoff import delay_seconds
from worker_runtime.errors import QueueError
from worker_runtime.health import Health
from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.leases import Leases
from worker_runtime.sqs.call_time import CallTime
from worker_runtime.sqs.queue import Queue
from worker_runtime.sqs.quotas import LONG_POLL_SECONDS
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.threads import Interpreter, report_failure, start_thread

_RECEIVERS_MOST = 80
#: So many are enough where a receive takes no time, with fewer the interpreter waits now and then; and one more for
#: each time that handling ten messages fits into a receiver's round.
_QUICK_RECEIVERS_MOST = 3
#: A round has two calls, the receive and the delete, which take about the same time; where that is long, deletes go
#: beside the receives.
_CALLS_OF_ROUND = 2
#: Of those for slow calls, a receiver leaves where there are so many times as many as are enough: calls are now quick,
#: now slow, and one that comes back has to connect anew.
_TOO_MANY = 2
#: A receiver that finds no room for this long is one too many.
_ROOM_SECONDS = 2.0
#: Do not receive while more messages than this wait to be deleted: a kill -9 would run them all again.
_UNDELETED_MOST = 1_000
_UNDELETED_PAUSE_SECONDS = 0.01
#: After an error that passes by itself (throttling, a broken connection): back-off from and up to these.
PASSING_BASE_SECONDS = 0.5
_PASSING_CAP_SECONDS = 10.0
#: After any other (the queue is gone, a permission or key is missing): at most one request in ten seconds.
_LASTING_SECONDS = 10.0
_LASTING_JITTER_SECONDS = 3.0
#: Handles up to so many messages in the receiver's thread; see Runner.join.
Join = Callable[[int, Callable[[], bool]], bool]


class Receivers:
    """Threads that fill the run queue. The first one stays; others come while batches are full and go with
    them. `undeleted` tells how many messages are done and not yet deleted."""

    def __init__(
        self,
        queue: Queue,
        capacity: Capacity,
        leases: Leases,
        undeleted: Callable[[], int],
        health: Health,
        log: EventLog,
    ) -> None:
        self._queue = queue
        self._capacity = capacity
        self._leases = leases
        self._undeleted = undeleted
        self._health = health
        self._log = log
        self._lock = threading.Lock()
        self._threads = 0
        self._full_receives = CallTime()
        """Those that brought what was asked for: others wait for messages, not for SQS."""
        self._polls = 0
        self._failures = 0
        self._stop = threading.Event()

    def start(self, deliver: Callable[[list[Held]], bool], join: Join) -> None:
        """Start receiving; `deliver` takes messages and tells whether the handlers had been waiting for them;
        `join` may then handle some in the receiver's thread (Runner.join).

        Raises RuntimeError where the system refuses the thread.
        """
        self._deliver = deliver
        self._join = join
        self._add_thread()
        if self._threads == 0:
            raise RuntimeError("can't start a thread that receives")

    @property
    def polls(self) -> int:
        """Receives under way."""
        return self._polls

    def stop(self) -> None:
        """Ask for no more; what the receives under way still bring is handed back."""
        with self._lock:
            self._stop.set()
        self._capacity.close()

    def _add_thread(self) -> None:
        with self._lock:
            if self._threads >= self._most or self._stop.is_set():
                return
            if start_thread(self._run, "receiver"):
                self._threads += 1

    @property
    def _most(self) -> int:
        """Receivers that are enough to keep the interpreter busy: one more would only wait for it."""
        return min(_QUICK_RECEIVERS_MOST + self._for_slow_calls, _RECEIVERS_MOST)

    @property
    def _for_slow_calls(self) -> int:
        calls = 1 if self._full_receives.is_long else _CALLS_OF_ROUND
        return int(calls * self._full_receives.seconds / self._capacity.ten_seconds)

    def _is_one_too_many(self) -> bool:
        """End this receiver where receives have become quick."""
        return self._threads > _QUICK_RECEIVERS_MOST + _TOO_MANY * self._for_slow_calls and self._retire()

    def _retire(self) -> bool:
        """End this receiver unless it is the last."""
        with self._lock:
            if self._threads == 1 and not self._stop.is_set():
                return False
            self._threads -= 1
            return True

    def _run(self) -> None:
        interpreter = Interpreter()
        while not (self._stop.is_set() or self._is_one_too_many()):
            self._health.alive()
            places = self._places()
            if places == 0:
                if self._retire():
                    return
                continue
            received, were_waiting = self._receive(places)
            if received == 0:
                if self._retire():
                    return
                continue
            if not self._lend(received):
                return
            if were_waiting and received == places and self._threads < self._most and not interpreter.was_busy():
                self._add_thread()

    def _lend(self, messages: int) -> bool:
        """Let this thread handle as many messages as it brought; tells whether it is to receive again."""
        try:
            if self._join(messages, self._replace):
                return True
        except BaseException:  # the runtime's own: the worker has to go on receiving
            report_failure()
            return True
        # Another one receives meanwhile.
        with self._lock:
            if self._threads >= _RECEIVERS_MOST or self._stop.is_set():
                return False
            self._threads += 1
            return True

    def _replace(self) -> bool:
        """Have another thread receive in place of one that is kept; False where the system refuses it."""
        return start_thread(self._run, "receiver")

    def _places(self) -> int:
        deadline = time.monotonic() + _ROOM_SECONDS
        while self._undeleted() > _UNDELETED_MOST or (len(self._leases) and self._health.nothing_can_be_held):
            if self._stop.wait(_UNDELETED_PAUSE_SECONDS) or time.monotonic() >= deadline:
                return 0
        return self._capacity.reserve(_ROOM_SECONDS)

    def _receive(self, places: int) -> tuple[int, bool]:
        """Ask for `places` messages and pass them on; returns how many came, and whether the handlers had been waiting
        for them."""
        with self._lock:
            if self._stop.is_set():
                return 0, False
            self._polls += 1
        messages: list[Held] = []
        were_waiting = False
        try:
            self._leases.rights.prove()
            messages = self._leases.hold(self._received(places))
            self._succeeded()
            # After the stop, too: handed back from here, they would only go to the next poll under way.
            were_waiting = self._deliver(messages)
        except QueueError as error:
            self._failed(error)
        except Exception as error:  # the runtime's own: the worker has to go on receiving
            self._log.event("thread_failed", "ERROR", thread="receiver", error=traceback.format_exc())
            self._failed(QueueError(type(error).__name__, str(error), retry=True))
        finally:
            self._capacity.received(places, len(messages))
            with self._lock:
                self._polls -= 1
        return len(messages), were_waiting

    def _received(self, places: int) -> list[dict[str, Any]]:
        started_at = time.monotonic()
        received = self._queue.receive(places, LONG_POLL_SECONDS, self._leases.seconds)
        if len(received) == places:
            self._full_receives.note(time.monotonic() - started_at)
        self._capacity.note_bodies([len(entry["Body"]) for entry in received])
        return received

    def _succeeded(self) -> None:
        if self._failures:
            self._failures = 0
            self._log.event("receive_recovered")
        self._health.received()

    def _failed(self, error: QueueError) -> None:
        if self._stop.is_set():
            return  # the drain ends the polls under way
        self._failures += 1
        if error.retry:
            delay = delay_seconds(self._failures, PASSING_BASE_SECONDS, _PASSING_CAP_SECONDS)
        else:
            delay = _LASTING_SECONDS + delay_seconds(1, _LASTING_JITTER_SECONDS, _LASTING_JITTER_SECONDS)
        self._log.event("receive_failed", "ERROR", error=str(error), retry_seconds=round(delay, 1))
        self._health.failed(str(error))
        self._stop.wait(delay)
