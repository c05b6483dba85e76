"""Work: the queue, and the slots of the tasks that handle its messages, one message after the other.

A slot is one place of a task's concurrency. The message that has waited longest goes to the slot that has been free
longest. Each start is worked out once, so a run takes about a microsecond a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace

import numpy as np
from numpy.typing import NDArray

from worker_simulate.work.arrivals import Arrivals

_CHUNK = 65_536
#: When the slot is free, its task, when its message was sent (-1: it has had none).
_Slot = tuple[float, int, float]


@dataclass(frozen=True)
class Handling:
    """How long handlers take, and how many messages they ask to have later."""

    seconds: float
    """Mean seconds of a message."""
    variation: float = 0.5
    """Standard deviation over mean: 0 is always the same, 1 is as in textbooks."""
    retry_share: float = 0.0
    """Share of handled messages that ask for another try."""
    retry_seconds: float = 0.0
    """How long those wait for it, in flight."""
    groups: int | None = None
    """Of a FIFO queue: so many messages are handled at a time, each of its own group. None is no limit."""


class Work:
    """What waits, what is handled, and what has been."""

    def __init__(self, arrivals: Arrivals, handling: Handling, random: np.random.Generator) -> None:
        self._arrivals = arrivals
        self._handling = handling
        self._random = random
        self._slots: list[_Slot] = []
        self._draining: list[_Slot] = []
        self._spare: list[int] = []
        """The task of each slot that finds no group."""
        self._returned: list[tuple[float, float, float]] = []
        """Visible again from, in flight without a slot from, sent at."""
        self._times: list[float] = []
        self._position = 0
        self._durations: list[float] = []
        self._latest: list[float] = []
        self._taken_back: list[float] = []
        self._started = 0
        self._returns = 0
        self.interrupted = 0
        self.finished_at = 0.0
        """When the last message that was started is done."""

    def add_task(self, task: int, slots: int, now: float) -> None:
        """A task begins to receive."""
        self._spare += [task] * slots
        self._use_spare(now)

    def is_busy(self, task: int, now: float) -> bool:
        """Whether the task handles anything."""
        return any(slot[1] == task and slot[0] > now for slot in self._slots)

    def stop_task(self, task: int, now: float, drain_seconds: float) -> float:
        """A task receives no more and is killed after `drain_seconds`. Returns when it ends.

        What it cannot finish is received again by others: it comes back at the kill.
        """
        ends = now
        killed_at = now + drain_seconds
        own = [slot for slot in self._slots if slot[1] == task and slot[0] > now]
        self._slots = [slot for slot in self._slots if slot[1] != task]
        heapify(self._slots)
        self._spare = [other for other in self._spare if other != task]
        self._use_spare(now)
        for free_at, _, sent_at in own:
            if free_at <= killed_at:
                ends = max(ends, free_at)
                self._draining.append((free_at, task, sent_at))
            else:
                ends = killed_at
                self.interrupted += 1
                self._draining.append((killed_at, task, sent_at))
                heappush(self._returned, (killed_at, killed_at, sent_at))
                self._returns += 1
                self._taken_back.append(free_at - sent_at)
        return ends

    def advance(self, until: float) -> None:
        """Start every message that is started before `until`."""
        slots, returned = self._slots, self._returned
        if not slots:
            return
        retry_share = self._handling.retry_share
        while True:
            if self._position == len(self._times):
                self._times = self._arrivals.next_chunk() or [float("inf")]
                self._position = 0
            if not self._durations:
                self._durations = self._more_durations()
            if returned or retry_share:
                if not self._start_one(until):
                    return
            elif self._start_many(until):
                return

    def waiting(self, now: float) -> int:
        """Messages that are visible."""
        later = sum(visible_at > now for visible_at, _, _ in self._returned)
        return self._arrivals.sent_until(now) + self._returns - later - self._started

    def in_flight(self, now: float) -> int:
        """Messages that are handled or held."""
        self._draining = [slot for slot in self._draining if slot[0] > now]
        held = sum(held_from <= now < visible_at for visible_at, held_from, _ in self._returned)
        return self.busy(now) + held

    def busy(self, now: float) -> int:
        """Messages that are handled."""
        return sum(slot[0] > now for slot in self._slots) + sum(slot[0] > now for slot in self._draining)

    def take_latencies(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The latencies of what was started since the last call, and those of earlier that were interrupted."""
        latest, self._latest = self._latest, []
        taken_back, self._taken_back = self._taken_back, []
        return np.array(latest), np.array(taken_back)

    def groups_in_flight(self, now: float) -> int:
        """Groups with a message that is handled; messages of no group count as one each."""
        busy = self.busy(now)
        return busy if self._handling.groups is None else min(busy, self._handling.groups)

    def _use_spare(self, now: float) -> None:
        """Let spare slots work as far as there are groups for them."""
        groups = self._handling.groups
        while self._spare and (groups is None or len(self._slots) < groups):
            heappush(self._slots, (now, self._spare.pop(), -1.0))

    def _start_many(self, until: float) -> bool:
        """The quick way, without returned messages. False when moments or durations have to be made."""
        slots, times, durations = self._slots, self._times, self._durations
        position, first = self._position, self._position
        latencies = self._latest
        last = min(len(times), position + len(durations))
        finished_at = self.finished_at
        while position < last:
            sent_at = times[position]
            free_at, task, _ = slots[0]
            begins = max(free_at, sent_at)
            if begins >= until:
                break
            ends = begins + durations.pop()
            heapreplace(slots, (ends, task, sent_at))
            latencies.append(ends - sent_at)
            if ends > finished_at:
                finished_at = ends
            position += 1
        self._started += position - first
        self._position = position
        self.finished_at = finished_at
        return position < last

    def _start_one(self, until: float) -> bool:
        """Start the next message, sent or returned. False when it is not started before `until`."""
        sent_at = visible_at = self._times[self._position]
        is_return = bool(self._returned) and self._returned[0][0] <= visible_at
        if is_return:
            visible_at, _, sent_at = self._returned[0]
        free_at, task, _ = self._slots[0]
        begins = max(visible_at, free_at)
        if begins >= until or begins == float("inf"):
            return False
        if is_return:
            heappop(self._returned)
        else:
            self._position += 1
        ends = begins + self._durations.pop()
        heapreplace(self._slots, (ends, task, sent_at))
        self._started += 1
        self.finished_at = max(self.finished_at, ends)
        if self._handling.retry_share and self._random.random() < self._handling.retry_share:
            heappush(self._returned, (ends + self._handling.retry_seconds, ends, sent_at))
            self._returns += 1
        else:
            self._latest.append(ends - sent_at)
        return True

    def _more_durations(self) -> list[float]:
        seconds, variation = self._handling.seconds, self._handling.variation
        if variation == 0:
            return [seconds] * _CHUNK
        shape = 1 / variation**2
        return (self._random.standard_gamma(shape, _CHUNK) * (seconds / shape)).tolist()
