"""How many messages the worker may ask for: only what it can start at once, in batches of ten when busy."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence

from worker_runtime.sqs.quotas import BATCH_MOST

#: Messages wait in the buffer for about this long at most: it hides the time that a receive takes.
_BUFFER_SECONDS = 0.1
#: Most messages in the buffer, whatever the handlers' speed: ten for each receiver.
_BUFFER_MOST = 800
#: And most characters of their bodies, by the mean: of memory, 64 MB where they are ASCII.
_BUFFER_CHARACTERS = 64 * 1024 * 1024
#: While a handler is idle, wait this long for more room before asking for less than a full batch.
_FILL_SECONDS = 0.02
#: Messages that handlers may have at a time, whatever the concurrency and the size of batches: their extensions must
#: not take longer than a visibility timeout allows, and SQS lets a FIFO queue have 20,000 in flight:
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
HANDLED_MOST = 10_000
#: Weight of the newest in running means of the handlers' times and of bodies' sizes.
_NEWEST_WEIGHT = 0.1
#: Ten messages of quick handlers take about this long at least.
_TEN_LEAST_SECONDS = 0.0003
#: Weight of the newest in their running mean: a task with a part of a core stands still for most of each tenth of a
#: second, in which it handles a hundred times ten.
_NEWEST_TURN_WEIGHT = 0.01


class Capacity:
    """Counts the messages of one queue asked for, waiting and running, against what the handlers can take."""

    def __init__(self, concurrency: int, batch_size: int = 1) -> None:
        self._batch_size = batch_size
        self._concurrency = concurrency
        self._others: Sequence[Capacity] = ()
        """Of the queues whose messages the same handlers take."""
        self._part = 1.0
        """Of the handlers, what is left to this queue however busy the others are."""
        self._turn = threading.Lock()
        """One receiver waits for room at a time, so that two do not share what one could ask for."""
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._enough: Callable[[], bool] | None = None
        """What a receiver waits for: only then it is woken."""
        self._used = 0
        self._asked = 0
        self._closed = False
        self._mean_seconds: float | None = None
        self._mean_characters = 1.0
        self._ten_seconds = _TEN_LEAST_SECONDS

    @property
    def used(self) -> int:
        """Messages asked for, waiting or running."""
        return self._used

    @property
    def busy_handlers(self) -> int:
        """Handlers that the messages which are here need. A long poll asks for more, and may bring nothing."""
        return math.ceil(max(0, self._used - self._asked) / self._batch_size)

    @property
    def limit(self) -> int:
        """Messages that may be used at once: one for each handler, and what these finish in an instant."""
        handled = self._handled_at_once
        if self._mean_seconds is None:
            return handled
        finished_soon = handled * _BUFFER_SECONDS / max(self._mean_seconds, 1e-6)
        return handled + int(min(finished_soon, _BUFFER_MOST, _BUFFER_CHARACTERS / self._mean_characters))

    @property
    def _handled_at_once(self) -> int:
        """Messages that the handlers may have of this queue: all that the others leave, and its own part at least."""
        handlers = self._concurrency
        if self._others:
            left = handlers - sum(other.busy_handlers for other in self._others)
            handlers = max(1, int(handlers * self._part), left)
        return min(handlers * self._batch_size, HANDLED_MOST)

    def share_with(self, others: Sequence[Capacity], part: float) -> None:
        """Have the same handlers take the messages of other queues too; `part` of them is this queue's, 0 to 1."""
        self._others = others
        self._part = part

    @property
    def mean_seconds(self) -> float | None:
        """Running mean of the handlers' time; None before the first has finished."""
        return self._mean_seconds

    def reserve(self, timeout_seconds: float) -> int:
        """Wait for room and take up to ten places of it; 0 when there was none in time."""
        if not self._turn.acquire(timeout=timeout_seconds):
            return 0
        try:
            with self._room:
                if not self._full_batch():
                    if not self._wait_for(self._has_room, timeout_seconds):
                        return 0
                    self._wait_for(self._full_batch, _FILL_SECONDS)
                places = 0 if self._closed else max(0, min(BATCH_MOST, self.limit - self._used))
                self._used += places
                self._asked += places
                return places
        finally:
            self._turn.release()

    def received(self, asked: int, messages: int) -> None:
        """Of the places that were asked for, so many are needed."""
        with self._lock:
            self._asked -= asked
            self._used -= asked - messages
            self._tell()
        self._tell_others()

    def note_bodies(self, lengths: Sequence[int]) -> None:
        """Messages came whose bodies have so many characters."""
        for length in lengths:
            self._mean_characters += _NEWEST_WEIGHT * (max(1, length) - self._mean_characters)

    @property
    def ten_seconds(self) -> float:
        """Running mean of what ten messages of quick handlers take, where they are handled one after the other."""
        return max(self._ten_seconds, _TEN_LEAST_SECONDS)

    def note_turn(self, messages: int, seconds: float) -> None:
        """So many messages were handled one after the other, in so long."""
        if messages:
            self._ten_seconds += _NEWEST_TURN_WEIGHT * (BATCH_MOST * seconds / messages - self._ten_seconds)

    def limit_handlers(self, handlers: int) -> None:
        """From now on, so many handlers (1 at least) can run at a time."""
        with self._lock:
            self._concurrency = max(1, handlers)
            self._tell()

    def take(self, places: int) -> None:
        """Take places for messages that are here already, even beyond the limit."""
        with self._lock:
            self._used += places

    def give_back(self, places: int) -> None:
        """Return places that were not needed after all."""
        if places:
            with self._lock:
                self._used -= places
                self._tell()
            self._tell_others()

    def finished(self, handler_seconds: Sequence[float]) -> None:
        """Return the places of messages whose handlers took so long."""
        with self._lock:
            mean = self._mean_seconds
            for seconds in handler_seconds:
                mean = seconds if mean is None else mean + _NEWEST_WEIGHT * (seconds - mean)
            self._mean_seconds = mean
            self._used -= len(handler_seconds)
            self._tell()
        self._tell_others()

    def close(self) -> None:
        """Let nobody wait for room any longer: the worker stops."""
        with self._room:
            self._closed = True
            self._room.notify_all()

    def _wait_for(self, enough: Callable[[], bool], timeout_seconds: float) -> bool:
        self._enough = enough
        try:
            return self._room.wait_for(enough, timeout_seconds)
        finally:
            self._enough = None

    def _tell(self) -> None:
        """Wake the receiver that waits, where there is what it waits for."""
        if self._enough is not None and self._enough():
            self._room.notify()

    def _tell_others(self) -> None:
        """What one queue needs no longer may be what another one waits for."""
        for other in self._others:
            if other._enough is not None:
                with other._lock:
                    other._tell()

    def _has_room(self) -> bool:
        """A handler is idle, or waits for a full batch would not be worth it."""
        return self._closed or self._used < self._handled_at_once or self._full_batch()

    def _full_batch(self) -> bool:
        limit = self.limit
        return self._closed or limit - self._used >= min(BATCH_MOST, limit)
