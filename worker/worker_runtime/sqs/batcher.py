"""Sends many small things in batches of ten, with as many threads as the load needs."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from worker_runtime.sqs.quotas import BATCH_MOST
from worker_runtime.threads import report_failure, start_thread

_Item = TypeVar("_Item")

#: Wait this long for a batch to fill. Longer saves requests and reruns more messages after a kill -9.
LINGER_SECONDS = 0.03
#: A thread with nothing to send for this long ends, unless it is the last.
_IDLE_SECONDS = 10.0
THREADS_MOST = 8


class Batcher(Generic[_Item]):
    """Collects items and passes them to `send` in lists of up to ten; `send` deals with their failures
    itself."""

    def __init__(
        self, name: str, send: Callable[[list[_Item]], None], threads_most: Callable[[], int] = lambda: THREADS_MOST
    ) -> None:
        self._name = name
        self._send = send
        self._threads_most = threads_most
        self._items: deque[_Item] = deque()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._filled = threading.Condition(self._lock)
        """What a thread waits for that has a part of a batch."""
        self._lingering = 0
        """Threads that wait for it."""
        self._threads = 0
        self._sending = 0
        self._closed = False

    @property
    def backlog(self) -> int:
        """Items that wait to be sent."""
        return len(self._items)

    def start(self) -> None:
        """Start the thread that stays. Raises RuntimeError where the system refuses it."""
        with self._lock:
            self._add_thread()
            if self._threads == 0:
                raise RuntimeError(f"can't start a thread for {self._name}")

    def add(self, *items: _Item) -> None:
        """Send items soon."""
        with self._lock:
            before = len(self._items)
            self._items.extend(items)
            waiting = len(self._items)
            if self._threads == 0 or (waiting > BATCH_MOST * self._threads and self._threads < self._threads_most()):
                self._add_thread()
            if not self._lingering:
                if before == 0:
                    self._changed.notify()
            elif before < BATCH_MOST <= waiting:
                self._filled.notify()

    def send(self, items: Sequence[_Item]) -> None:
        """Send as many batches as the items would fill, and waiting ones are full, in the calling thread, which is
        quicker than to wake another; the rest soon."""
        with self._lock:
            self._items.extend(items)
            own = -(-len(items) // BATCH_MOST)
            batches = [self._taken() for _ in range(min(own, len(self._items) // BATCH_MOST))]
            if self._threads == 0:
                self._add_thread()
            elif self._items and not self._lingering:
                self._changed.notify()
        for batch in batches:
            self._send_one(batch)

    def _taken(self) -> list[_Item]:
        """A batch that is counted as under way."""
        self._sending += 1
        return [self._items.popleft() for _ in range(min(BATCH_MOST, len(self._items)))]

    def add_all(self, items: Iterable[_Item]) -> None:
        """Send many items at once: their batches side by side, and beside those under way, which may hang."""
        with self._lock:
            self._items.extend(items)
            batches = -(-len(self._items) // BATCH_MOST)
            for _ in range(min(batches + self._sending, self._threads_most()) - self._threads):
                self._add_thread()
            self._changed.notify(batches)
            self._filled.notify(batches)

    def close(self, timeout_seconds: float) -> bool:
        """Send what waits without lingering; tells whether all of it was sent in time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._filled.notify_all()
            return self._changed.wait_for(lambda: not self._items and not self._sending, timeout_seconds)

    def _add_thread(self) -> None:
        # Counted once it runs: where the system refuses it, those there are send, and the next item asks again.
        if start_thread(self._run, self._name):
            self._threads += 1

    def _run(self) -> None:
        while batch := self._next_batch():
            self._send_one(batch)

    def _send_one(self, batch: list[_Item]) -> None:
        try:
            self._send(batch)
        except BaseException:  # what `send` did not deal with is not to keep others from being sent
            report_failure()
        finally:
            with self._changed:
                self._sending -= 1
                if self._closed:
                    self._changed.notify_all()

    def _next_batch(self) -> list[_Item]:
        """Wait for a batch; an empty list ends the thread."""
        with self._changed:
            while self._wait_for_items():
                self._linger()
                if self._items:  # other threads may have taken all of them meanwhile
                    return self._taken()
            self._threads -= 1
            return []

    def _wait_for_items(self) -> bool:
        """Wait until there is something to send; False where this thread is to end instead. The last one stays, even
        once closed: the system might refuse another."""
        while not self._changed.wait_for(lambda: self._items, _IDLE_SECONDS):
            if self._threads > 1:
                return False
        return True

    def _linger(self) -> None:
        deadline = time.monotonic() + LINGER_SECONDS
        self._lingering += 1
        while len(self._items) < BATCH_MOST and not self._closed:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                break
            self._filled.wait(remaining)
        self._lingering -= 1
