"""A queue's messages: who is visible, in flight or delayed, in constant or logarithmic time.

moto keeps a list and asks the clock for every message on every call, so its costs grow with the backlog;
and it takes any receipt handle a message ever had. This store knows nothing of moto.
Rules: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/ (visibility timeout, FIFO
delivery logic, dead-letter queues).
"""

from __future__ import annotations

import base64
import binascii
import heapq
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local.emulator import caller

DEDUPLICATION_SECONDS = 300
_LOOK_SECONDS = 0.2  # so often a caller that waits is looked for
_STALE_KEPT = 1_000  # outdated items in the heap of times before it is rebuilt


@dataclass(eq=False)
class Entry:
    """One message's place in its queue. `due` is when it turns visible (monotonic); None: it is visible."""

    message: Any
    number: int
    group: str | None
    due: float | None = None
    in_flight: bool = False
    receives: int = 0
    received_at: float = 0.0


@dataclass
class _Lane:
    """Visible messages in order of arrival: one for a standard queue, one for each group of a FIFO queue."""

    visible: list[tuple[int, Entry]] = field(default_factory=list)
    in_flight: int = 0


class MessageStore:
    """The messages of one queue; every method may be called from any thread.

    `expired(message)` tells whether a message is past the queue's retention. All stores share one lock, so
    that a message on its way from one queue to another is never seen in neither.
    """

    lock = threading.RLock()
    _numbers = itertools.count(1)

    def __init__(self, fifo: bool, expired: Callable[[Any], bool]) -> None:
        self._fifo = fifo
        self._expired = expired
        self._changed = threading.Condition(self.lock)
        self._entries: dict[str, Entry] = {}
        self._waiting: list[tuple[float, int, Entry]] = []
        self._lanes: dict[str | None, _Lane] = {}
        self._in_flight = 0
        self._seen: dict[tuple[str | None, str], float] = {}

    def add(self, message: Any, group: str | None, delay_seconds: float) -> int:
        """Append a message, which turns visible after the delay; answers its number, which only grows."""
        with self.lock:
            entry = Entry(message, next(self._numbers), group if self._fifo else None)
            self._entries[message.id] = entry
            if delay_seconds:
                self._wait_until(entry, time.monotonic() + delay_seconds)
            else:
                self._show(entry)
            self._changed.notify_all()
            return entry.number

    def is_duplicate(self, group: str | None, deduplication_id: str) -> bool:
        """Whether this id was seen in the last five minutes; it counts as seen from now on."""
        now = time.monotonic()
        with self.lock:
            if len(self._seen) > 10_000:
                self._seen = {key: at for key, at in self._seen.items() if now - at < DEDUPLICATION_SECONDS}
            seen_at = self._seen.get((group, deduplication_id))
            if seen_at is not None and now - seen_at < DEDUPLICATION_SECONDS:
                return True
            self._seen[(group, deduplication_id)] = now
            return False

    def receive(self, count: int, wait_seconds: float, accept: Callable[[Entry], float | None]) -> list[Entry]:
        """Take up to `count` visible messages, waiting up to `wait_seconds` for the first one.

        A caller that is gone gets none.

        `accept(entry)` answers the seconds for which the message shall be invisible; or None when it shall
        leave the queue instead of being delivered.
        """
        deadline = time.monotonic() + wait_seconds
        with self.lock:
            while True:
                taken = self._take(count, accept) if caller.is_there() else []
                remaining = deadline - time.monotonic()
                if taken or remaining <= 0 or not caller.is_there():
                    return taken
                self._changed.wait(min(remaining, self._seconds_to_next(), _LOOK_SECONDS))

    def _take(self, count: int, accept: Callable[[Entry], float | None]) -> list[Entry]:
        self._promote()
        # A group with messages in flight is locked for later calls, not for the call that took them.
        open_lanes = [lane for lane in self._lanes.values() if lane.visible and not (self._fifo and lane.in_flight)]
        taken: list[Entry] = []
        while open_lanes and len(taken) < count:
            lane = min(open_lanes, key=lambda lane: lane.visible[0][0])
            _, entry = heapq.heappop(lane.visible)
            if not lane.visible:
                open_lanes.remove(lane)
            if self._expired(entry.message):
                self._forget(entry)
                continue
            visibility_seconds = accept(entry)
            if visibility_seconds is None:
                self._forget(entry)
                continue
            entry.receives += 1
            entry.received_at = time.monotonic()
            self._set_in_flight(entry, True)
            self._wait_until(entry, entry.received_at + visibility_seconds)
            taken.append(entry)
        return taken

    def groups_in_flight(self) -> int:
        """Message groups of which something is in flight."""
        with self.lock:
            self._promote()
            return sum(lane.in_flight > 0 for lane in self._lanes.values())

    def move_one(self, before: int, give: Callable[[Any], None]) -> bool:
        """Hand the first visible message with a number below `before` to `give`; False when there is none."""
        with self.lock:
            self._promote()
            lanes = [lane for lane in self._lanes.values() if lane.visible and lane.visible[0][0] < before]
            if not lanes:
                return False
            lane = min(lanes, key=lambda lane: lane.visible[0][0])
            entry = lane.visible[0][1]
            give(entry.message)  # when it raises, the message stays
            heapq.heappop(lane.visible)
            self._forget(entry)
            return True

    def next_number(self) -> int:
        """A number above those of all messages so far and below those of all messages to come."""
        return next(self._numbers)

    def handle(self, entry: Entry) -> str:
        """The receipt handle of the message's latest receive."""
        return base64.urlsafe_b64encode(f"{entry.message.id}/{entry.number}/{entry.receives}".encode()).decode()

    def find(self, handle: str) -> tuple[Entry | None, bool]:
        """The message of a receipt handle (None: it is gone) and whether the handle is the latest.

        Raises ValueError for a text that is no receipt handle.
        """
        try:
            message_id, number, receives = base64.urlsafe_b64decode(handle).decode().split("/")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise ValueError(handle) from error
        with self.lock:
            self._promote()
            entry = self._entries.get(message_id)
            if entry is None or entry.number != int(number):
                return None, False
            return entry, entry.receives == int(receives)

    def remove(self, entry: Entry) -> None:
        """Delete a message, whatever its state."""
        with self.lock:
            if self._entries.get(entry.message.id) is not entry:
                return
            if entry.due is None:
                lane = self._lanes[entry.group]
                lane.visible = [item for item in lane.visible if item[1] is not entry]
                heapq.heapify(lane.visible)
            self._forget(entry)
            self._changed.notify_all()

    def change_visibility(self, entry: Entry, seconds: float) -> bool:
        """Set when a message in flight turns visible again; False when it is not in flight (any more)."""
        with self.lock:
            self._promote()
            if not entry.in_flight or self._entries.get(entry.message.id) is not entry:
                return False
            self._wait_until(entry, time.monotonic() + seconds)
            self._promote()
            self._changed.notify_all()
            return True

    def counts(self) -> tuple[int, int, int]:
        """How many messages are visible, in flight, delayed."""
        with self.lock:
            self._promote()
            visible = sum(len(lane.visible) for lane in self._lanes.values())
            return visible, self._in_flight, len(self._entries) - visible - self._in_flight

    def oldest(self) -> Any:
        """The message that has been here longest; None where there is none."""
        with self.lock:
            return next((entry.message for entry in self._entries.values()), None)

    def clear(self) -> None:
        """Drop everything."""
        with self.lock:
            self._entries.clear()
            self._waiting.clear()
            self._lanes.clear()
            self._in_flight = 0

    def _show(self, entry: Entry) -> None:
        entry.due = None
        self._set_in_flight(entry, False)
        lane = self._lanes.setdefault(entry.group, _Lane())
        heapq.heappush(lane.visible, (entry.number, entry))

    def _wait_until(self, entry: Entry, due: float) -> None:
        entry.due = due
        heapq.heappush(self._waiting, (due, next(self._numbers), entry))
        if len(self._waiting) > 2 * len(self._entries) + _STALE_KEPT:
            self._waiting = [item for item in self._waiting if self._is_current(item)]
            heapq.heapify(self._waiting)

    def _is_current(self, item: tuple[float, int, Entry]) -> bool:
        """Whether a waiting item's time was not changed since, and its message not removed."""
        due, _, entry = item
        return entry.due == due and self._entries.get(entry.message.id) is entry

    def _promote(self) -> None:
        """Show the messages whose time has come."""
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            item = heapq.heappop(self._waiting)
            if self._is_current(item):
                self._show(item[2])

    def _seconds_to_next(self) -> float:
        return max(self._waiting[0][0] - time.monotonic(), 0.001) if self._waiting else 3600.0

    def _set_in_flight(self, entry: Entry, in_flight: bool) -> None:
        if entry.in_flight == in_flight:
            return
        entry.in_flight = in_flight
        step = 1 if in_flight else -1
        self._in_flight += step
        self._lanes.setdefault(entry.group, _Lane()).in_flight += step

    def _forget(self, entry: Entry) -> None:
        self._set_in_flight(entry, False)
        del self._entries[entry.message.id]
        lane = self._lanes.get(entry.group)
        if lane and not lane.visible and not lane.in_flight:
            del self._lanes[entry.group]
