"""How many messages the worker may ask for: only what it can start at once, in batches of ten when busy."""

from __future__ import annotations

import threading
import time

from worker.queue import BATCH_MOST

#: Messages wait in the buffer for about this long at most: it hides the time that a receive takes.
_BUFFER_SECONDS = 0.1
#: Most messages in the buffer, whatever the handlers' speed.
_BUFFER_MOST = 100
#: While a handler is idle, wait this long for more room before asking for less than a full batch.
_FILL_SECONDS = 0.02
#: Weight of the newest handler's time in the running mean.
_NEWEST_WEIGHT = 0.1


class Capacity:
    """Counts the messages asked for, waiting and running, against what the handlers can take."""

    def __init__(self, concurrency: int, batch_size: int = 1) -> None:
        self._handlers = concurrency * batch_size
        self._room = threading.Condition()
        self._used = 0
        self._closed = False
        self._mean_seconds: float | None = None

    @property
    def used(self) -> int:
        """Messages asked for, waiting or running."""
        return self._used

    @property
    def handlers_wait(self) -> bool:
        """More could run if more had been received."""
        return self._used < self._handlers

    @property
    def limit(self) -> int:
        """Messages that may be used at once: one for each handler, and what these finish in an instant."""
        if self._mean_seconds is None:
            return self._handlers
        finished_soon = self._handlers * _BUFFER_SECONDS / max(self._mean_seconds, 1e-6)
        return self._handlers + int(min(finished_soon, self._handlers * BATCH_MOST, _BUFFER_MOST))

    def reserve(self, timeout_seconds: float) -> int:
        """Wait for room and take up to ten places of it; 0 when there was none in time."""
        deadline = time.monotonic() + timeout_seconds
        with self._room:
            if not self._room.wait_for(self._has_room, timeout_seconds) or self._closed:
                return 0
            self._room.wait_for(self._full_batch, min(_FILL_SECONDS, max(0.0, deadline - time.monotonic())))
            if self._closed:
                return 0
            places = max(0, min(BATCH_MOST, self.limit - self._used))
            self._used += places
            return places

    def give_back(self, places: int) -> None:
        """Return places that were not needed after all."""
        if places:
            with self._room:
                self._used -= places
                self._room.notify()

    def finished(self, seconds: float) -> None:
        """Return the place of a message whose handler took `seconds`."""
        with self._room:
            mean = self._mean_seconds
            self._mean_seconds = seconds if mean is None else mean + _NEWEST_WEIGHT * (seconds - mean)
            self._used -= 1
            if self._has_room():
                self._room.notify()

    def close(self) -> None:
        """Let nobody wait for room any longer: the worker stops."""
        with self._room:
            self._closed = True
            self._room.notify_all()

    def _has_room(self) -> bool:
        """A handler is idle, or waits for a full batch would not be worth it."""
        return self._closed or self._used < self._handlers or self._full_batch()

    def _full_batch(self) -> bool:
        return self._closed or self.limit - self._used >= min(BATCH_MOST, self._handlers)
