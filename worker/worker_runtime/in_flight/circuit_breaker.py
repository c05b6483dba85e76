"""Slows the receives down while most handlers fail: a database is down, say, and each try would only bring good
messages closer to the dead-letter queue."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.sqs.quotas import BATCH_MOST
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.telemetry.metrics import Metrics

#: Handlers are judged by what they did in this time, and only if so many have ended in it.
_WINDOW_SECONDS = 60.0
_HANDLERS_LEAST = 10
#: While the circuit is open, one message is tried after this time, and after twice that where it fails, up to the last.
_PAUSE_LEAST_SECONDS = 5.0
_PAUSE_MOST_SECONDS = 60.0
#: So many in a row that succeed close it.
_SUCCESSES = 3

#: A handler that asks for another try, or says that none can succeed, works: neither is a failure.
_FAILED = {"message_processed": False, "message_failed": True, "message_dead_lettered": True}


@dataclass
class _Second:
    """Handlers that ended within a second or so: of each, a busy minute would have hundreds of thousands."""

    began_at: float
    handlers: int = 0
    failed: int = 0


class CircuitBreaker:
    """Opens where more than `percent` (1 to 99) of a queue's handlers fail, and closes when they succeed again."""

    def __init__(self, percent: int, log: EventLog, clock: Callable[[], float] = time.monotonic) -> None:
        self._percent = percent
        self._log = log
        self._clock = clock
        self._changed = threading.Condition()
        self._ended: deque[_Second] = deque()
        """Of the last minute."""
        self._handlers = 0
        self._failed = 0
        self._opened_at: float | None = None
        self._pause_seconds = 0.0
        self._probe_at = 0.0
        """When the next message may be tried; infinite while one is."""
        self._successes = 0
        self._stopped = False
        self._was_open = False

    @property
    def problem(self) -> str | None:
        """What it says while it is open, or None."""
        opened_at = self._opened_at
        if opened_at is None:
            return None
        return f"most handlers fail: receives are slowed down since {self._clock() - opened_at:.0f} seconds"

    def take_was_open(self) -> bool:
        """Tell whether it has been open since this was last asked."""
        with self._changed:
            was_open, self._was_open = self._was_open, self._opened_at is not None
            return was_open or self._was_open

    def admit(self, timeout_seconds: float) -> int:
        """How many messages may be asked for: ten, or one that is tried while it is open; 0 where not even that in
        time."""
        with self._changed:
            if self._opened_at is None:
                return BATCH_MOST
            ends_at = self._clock() + timeout_seconds
            while not self._stopped and self._opened_at is not None and (now := self._clock()) < self._probe_at:
                if now >= ends_at:
                    return 0
                self._changed.wait(min(self._probe_at, ends_at) - now)
            if self._opened_at is None or self._stopped:
                return BATCH_MOST
            self._probe_at = math.inf
            return 1

    def not_tried(self) -> None:
        """There was no message to try, no room for it, or nothing became of it here: its lease was lost."""
        with self._changed:
            if self._probe_at == math.inf:
                self._probe_at = self._clock()
                self._changed.notify_all()

    def count(self, action: str) -> None:
        """Count what became of a message."""
        failed = _FAILED.get(action)
        if failed is None:
            # Of a message that was tried, it says nothing of whether handlers work: another is.
            self.not_tried()
            return
        with self._changed:
            now = self._clock()
            if self._opened_at is None:
                self._judge(now, failed)
            elif self._probe_at == math.inf:
                self._judge_probe(now, failed)
            self._changed.notify_all()

    def stop(self) -> None:
        """Let nobody wait any longer: the worker stops."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _judge(self, now: float, failed: bool) -> None:
        self._note(now, failed)
        if self._handlers >= _HANDLERS_LEAST and self._failed * 100 > self._percent * self._handlers:
            self._opened_at, self._was_open = now, True
            self._pause_seconds, self._successes = _PAUSE_LEAST_SECONDS, 0
            self._probe_at = now + self._pause_seconds
            self._log.event("circuit_opened", "WARNING", handlers=self._handlers, failed=self._failed)

    def _note(self, now: float, failed: bool) -> None:
        if not self._ended or now - self._ended[-1].began_at >= 1:
            self._ended.append(_Second(now))
        self._ended[-1].handlers += 1
        self._ended[-1].failed += failed
        self._handlers += 1
        self._failed += failed
        while self._ended[0].began_at <= now - _WINDOW_SECONDS:
            over = self._ended.popleft()
            self._handlers -= over.handlers
            self._failed -= over.failed

    def _judge_probe(self, now: float, failed: bool) -> None:
        if failed:
            self._successes = 0
            self._pause_seconds = min(2 * self._pause_seconds, _PAUSE_MOST_SECONDS)
            self._probe_at = now + self._pause_seconds
            return
        self._successes += 1
        self._probe_at = now
        if self._successes == _SUCCESSES and self._opened_at is not None:
            self._log.event("circuit_closed", seconds=round(now - self._opened_at))
            self._opened_at = None
            self._ended.clear()
            self._handlers = self._failed = 0


class SlowedCapacity(Capacity):
    """Room for as many messages as the circuit breaker admits."""

    def __init__(self, concurrency: int, batch_size: int, breaker: CircuitBreaker) -> None:
        super().__init__(concurrency, batch_size)
        self._breaker = breaker

    def reserve(self, timeout_seconds: float) -> int:
        """Wait for room and take up to ten places of it; 0 when there was none in time."""
        admitted = self._breaker.admit(timeout_seconds)
        if admitted == 0:
            return 0
        places = super().reserve(timeout_seconds)
        if places > admitted:
            super().received(places - admitted, 0)
        if places == 0:
            self._breaker.not_tried()
        return min(places, admitted)

    def received(self, asked: int, messages: int) -> None:
        """Of the places that were asked for, so many are needed."""
        super().received(asked, messages)
        if messages == 0:
            self._breaker.not_tried()

    def give_back(self, places: int) -> None:
        """Return places that were not needed after all."""
        super().give_back(places)
        if places:
            self._breaker.not_tried()

    def finished(self, handler_seconds: Sequence[float]) -> None:
        """Return the places of messages whose handlers took so long; what was decided about them is counted by now."""
        super().finished(handler_seconds)
        if handler_seconds:
            self._breaker.not_tried()

    def close(self) -> None:
        """Let nobody wait for room any longer: the worker stops."""
        self._breaker.stop()
        super().close()


class WatchedMetrics(Metrics):
    """Tells the circuit breaker what becomes of messages, and CloudWatch of the circuit breaker."""

    def __init__(self, queue_name: str, breaker: CircuitBreaker) -> None:
        super().__init__(queue_name)
        self._breaker = breaker

    def count_handlers(self, action: str, handler_seconds: Sequence[float]) -> None:
        """Count what became of messages, and how long the handler of each took."""
        super().count_handlers(action, handler_seconds)
        for _ in handler_seconds:
            self._breaker.count(action)

    def gauges(self) -> dict[str, int]:
        """What stands at the end of the minute."""
        return {"CircuitOpen": 1} if self._breaker.take_was_open() else {}
