"""The messages that wait for a handler. In a FIFO queue, one of a group at a time and in order."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from worker_runtime.in_flight.held import Held


class RunQueue:
    """Hands waiting messages to whoever runs handlers."""

    def __init__(self, *, ordered: bool, on_ready: Callable[[], None]) -> None:
        self._ordered = ordered
        self._on_ready = on_ready
        self._lock = threading.Lock()
        self._ready: deque[Held] = deque()
        self._followers: dict[str, deque[Held]] = {}
        """By group with a message ready or running: the messages that have to wait for it."""
        self._running = 0

    def put(self, messages: Iterable[Held]) -> bool:
        """Add messages in the order in which SQS gave them; tells whether none was waiting before."""
        with self._lock:
            was_empty = not self._ready
            if self._ordered:
                for held in messages:
                    self._put(held)
            else:
                self._ready.extend(messages)
        self._on_ready()
        return was_empty

    def take(self, most: int = 1) -> list[Held]:
        """Take up to `most` messages; an empty list where none is ready."""
        with self._lock:
            taken = [self._ready.popleft() for _ in range(min(most, len(self._ready)))]
            self._running += len(taken)
            return taken

    def put_back(self, messages: Sequence[Held]) -> None:
        """Have messages that were taken start before all others, in their order."""
        with self._lock:
            self._running -= len(messages)
            self._ready.extendleft(reversed(messages))

    @property
    def running(self) -> int:
        """Messages that were taken and have not ended."""
        return self._running

    def ended(self, count: int = 1) -> None:
        """Note that messages which were taken no longer run."""
        with self._lock:
            self._running -= count

    def __len__(self) -> int:
        """Messages that could start now."""
        return len(self._ready)

    def waiting_since(self) -> float:
        """When the first message that could start now was received; infinite where there is none."""
        with self._lock:
            return self._ready[0].received_at if self._ready else math.inf

    def groups_go_on(self, done: Iterable[Held]) -> None:
        """Let the next message of each group start: these are done."""
        if not self._ordered:
            return
        is_ready = False
        with self._lock:
            for held in done:
                if held.group is None:
                    continue
                if waiting := self._followers.get(held.group):
                    self._ready.append(waiting.popleft())
                    is_ready = True
                else:
                    self._followers.pop(held.group, None)
        if is_ready:
            self._on_ready()

    def followers(self, held: Held) -> int | None:
        """How many messages wait behind this one; None where none ever has to."""
        group = held.group
        if not self._ordered or group is None:
            return None
        with self._lock:
            return len(self._followers.get(group, ()))

    def group_resumes(self, held: Held) -> None:
        """Let the head of a group start once more, before what waits behind it."""
        with self._lock:
            self._ready.append(held)
        self._on_ready()

    def group_stops(self, held: Held) -> list[Held]:
        """Return the messages that must not overtake this one, which will be tried again; they are no longer
        here."""
        group = held.group
        if not self._ordered or group is None:
            return []
        with self._lock:
            return list(self._followers.pop(group, ()))

    def waiting(self) -> list[Held]:
        """Everything that has not started, in order."""
        with self._lock:
            return self._waiting()

    def clear(self) -> list[Held]:
        """Take everything that has not started, in order."""
        with self._lock:
            messages = self._waiting()
            self._ready.clear()
            self._followers.clear()
            return messages

    def _waiting(self) -> list[Held]:
        return [*self._ready, *(held for waiting in self._followers.values() for held in waiting)]

    def _put(self, held: Held) -> None:
        group = held.group
        if group is None:
            self._ready.append(held)
        elif group in self._followers:
            self._followers[group].append(held)
        else:
            self._followers[group] = deque()
            self._ready.append(held)
