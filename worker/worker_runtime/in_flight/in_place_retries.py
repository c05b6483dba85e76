"""Heads of FIFO groups that wait for their next try, with what follows them behind.

Handed back, they would come again together, and each message behind a failing head would have used up a receive
without a try of its own. So they stay here, leased, while the head waits for its back-off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from worker_runtime.in_flight.capacity import Capacity
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.leases import Leases
from worker_runtime.threads import start_thread

#: A try in place costs no call to SQS: without this, a handler that fails at once would be called all the time.
_SHORTEST_SECONDS = 1.0
_LOOK_SECONDS = 0.25


class _Entry(NamedTuple):
    due: float
    held: Held
    places: int
    """The head's and its followers'."""


class InPlaceRetries:
    """Keeps up to `most` messages, followers included: beyond that, a failing head has to be handed back."""

    def __init__(self, most: int, leases: Leases, capacity: Capacity, resume: Callable[[Held], None]) -> None:
        self._most = most
        self._leases = leases
        self._capacity = capacity
        self._resume = resume
        self._entries: list[_Entry] = []
        self._changed = threading.Condition()
        self._started = False
        self._closed = False

    def add(self, held: Held, delay_seconds: float, followers: int) -> bool:
        """Let the message have its next try in `delay_seconds`, a second at least; False where it has to be handed
        back.

        While it waits, it and its followers take no places from messages that can start.
        """
        places = 1 + followers
        with self._changed:
            # Where the system refuses the thread, they are handed back.
            self._started = self._started or start_thread(self._run, "waiting")
            if self._closed or not self._started or sum(entry.places for entry in self._entries) + places > self._most:
                return False
            again = self._leases.next_try(held)
            if again is None:
                return False
            due = time.monotonic() + max(delay_seconds, _SHORTEST_SECONDS)
            self._entries.append(_Entry(due, again, places))
            self._changed.notify()
        # The head's own place is returned with its handler.
        self._capacity.give_back(followers)
        return True

    def waiting(self) -> list[Held]:
        """The heads that wait."""
        with self._changed:
            return [entry.held for entry in self._entries]

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
        """Wait for the first that is due, or whose lease is lost; None once closed."""
        with self._changed:
            while not self._closed:
                for entry in self._entries:
                    # Not kept until it is due: it would be in the way when SQS delivers it again.
                    if entry.held.lost or entry.due <= time.monotonic():
                        self._entries.remove(entry)
                        return entry
                self._changed.wait(_LOOK_SECONDS if self._entries else None)
        return None
