"""Heads of FIFO groups that wait for their next try, with what follows them behind.

Handed back, they would come again together, and each message behind a failing head would have used up a receive
without a try of its own. So they stay here, leased, while the head waits for its back-off.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from worker.capacity import Capacity
from worker.held import Held
from worker.visibility import Leases


class _Entry(NamedTuple):
    due: float
    number: int
    """Tells apart what is due at the same moment."""
    held: Held
    places: int
    """The head's and its followers'."""


class Waiting:
    """Keeps up to `most` messages, followers included: beyond that, a failing head has to be handed back."""

    def __init__(self, most: int, leases: Leases, capacity: Capacity, resume: Callable[[Held], None]) -> None:
        self._most = most
        self._leases = leases
        self._capacity = capacity
        self._resume = resume
        self._entries: list[_Entry] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._started = False
        self._closed = False

    def add(self, held: Held, delay_seconds: float, followers: int) -> bool:
        """Let the message have its next try in `delay_seconds`; False where it has to be handed back.

        While it waits, it and its followers take no places from messages that can start.
        """
        places = 1 + followers
        with self._changed:
            if self._closed or sum(entry.places for entry in self._entries) + places > self._most:
                return False
            again = self._leases.next_try(held)
            if again is None:
                return False
            due = time.monotonic() + delay_seconds
            heapq.heappush(self._entries, _Entry(due, next(self._numbers), again, places))
            if not self._started:
                self._started = True
                threading.Thread(target=self._run, name="waiting", daemon=True).start()
            self._changed.notify()
        # The head's own place is returned with its handler.
        self._capacity.give_back(followers)
        return True

    def close(self) -> list[tuple[Held, int]]:
        """Keep nothing any longer; returns what waits, with the seconds that it still has to."""
        with self._changed:
            self._closed = True
            self._changed.notify()
            entries, self._entries = self._entries, []
        now = time.monotonic()
        for entry in entries:
            self._capacity.take(entry.places)
        return [(entry.held, round(max(0, entry.due - now))) for entry in entries]

    def _run(self) -> None:
        while (entry := self._next()) is not None:
            self._capacity.take(entry.places)
            self._resume(entry.held)

    def _next(self) -> _Entry | None:
        """Wait for the first that is due; None once closed."""
        with self._changed:
            while not self._closed:
                wait_seconds = self._entries[0].due - time.monotonic() if self._entries else None
                if wait_seconds is not None and wait_seconds <= 0:
                    return heapq.heappop(self._entries)
                self._changed.wait(wait_seconds)
        return None
