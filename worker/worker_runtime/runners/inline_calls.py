"""Quick handlers, called in the thread that received their messages: to pass those on to another thread costs more than
such a handler does.

A handler that takes long must keep neither a receiver nor what came with its message: another receiver is brought in
then, and what has not started goes back to the run queue.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from worker_runtime.in_flight.held import Held
from worker_runtime.runners.call import Call, call_handler
from worker_runtime.runners.lanes import Lane
from worker_runtime.runners.settling import Settling
from worker_runtime.settlement.settler import Outcome

#: A receiver that a handler keeps for this long is replaced.
KEPT_SECONDS = 0.005
#: So is one whose deletes take this long, and once more after this time where the system refused a thread.
_LONG_SECONDS = 1.0
#: Many receivers may wait for their turn; whose handler is kept gives it up long before this.
_TURN_SECONDS = 0.1

_Item = TypeVar("_Item")

#: Takes up to so many messages of one lane; None where no handler may start.
Take = Callable[[int], tuple[Lane, list[Held]] | None]
#: Brings in another receiver in place of one that is kept; False where the system refuses the thread.
Replace = Callable[[], bool]


class _Visit:
    """A receiver's thread, from the messages that it took until they are deleted."""

    __slots__ = (
        "done",
        "due_at",
        "lane",
        "replace",
        "replaced",
        "started_at",
        "taken",
        "timed_out",
        "under_way",
        "waiting",
    )

    def __init__(self, lane: Lane, taken: list[Held], replace: Replace) -> None:
        self.lane = lane
        self.taken = taken
        """What is not settled yet, and nowhere else."""
        self.waiting: deque[list[Held]] = deque()
        """What has not started, for each call. Of this and the next two, an entry is for whoever takes it out: the
        thread itself, or whoever looks after it."""
        self.under_way: deque[list[Held]] = deque()
        """The messages of the call under way."""
        self.started_at = math.inf
        """When that call was begun."""
        self.done: deque[Outcome] = deque()
        """What is to be settled."""
        self.due_at = math.inf
        """When the thread should have gone on, of time.monotonic()."""
        self.replace = replace
        self.replaced = False
        self.timed_out = False

    def plan(self, startable: list[Held]) -> None:
        """Say which messages are to be handled, in which calls."""
        self.taken = startable
        size = self.lane.handler.batch_size or 1
        self.waiting.extend(startable[start : start + size] for start in range(0, len(startable), size))


class InlineCalls:
    """Calls handlers in receivers' threads, in one at a time: two would only wait for the interpreter."""

    def __init__(
        self, lock: threading.Lock, take: Take, settling: Settling, wake: Callable[[], None], timeout_seconds: float
    ) -> None:
        """`lock` is what `take` holds; `wake` tells of messages that are ready."""
        self._lock = lock
        self._take = take
        self._settling = settling
        self._wake = wake
        self._timeout = timeout_seconds
        self._closed = False
        self._turn = threading.Lock()
        """Held for the visit whose handlers run, until one takes long."""
        self._visit: _Visit | None = None
        """Whose turn it is."""
        self._visits: list[_Visit] = []
        self.hanging = 0
        """Threads whose handler's time is over and that have not come back."""

    @property
    def calls(self) -> int:
        """Handlers that run."""
        return len([visit for visit in self._visits if visit.taken])

    @property
    def is_visited(self) -> bool:
        """Somebody has to look after a visit."""
        return self._visit is not None

    def running(self) -> list[Held]:
        """Messages whose handlers run, are about to, or have run and are being settled."""
        return [held for visit in list(self._visits) for held in visit.taken]

    def join(self, most: int, replace: Replace) -> bool:
        """Handle up to `most` messages in the calling thread, a receiver's, and delete them. Tells whether it still has
        its place among the receivers: not where it was kept, and `replace` has brought in another."""
        if not self._turn.acquire(timeout=_TURN_SECONDS):
            return True
        visit = self._begun(most, replace)
        if visit is None:
            return True
        settler = visit.lane.settler
        begun_at = time.monotonic()
        try:
            visit.plan(settler.startable(visit.taken))
            self._call_handlers(visit)
            self._put_back(visit)
            deleted = settler.settle_all(_drained(visit.done))
            visit.taken = []
            self._end_turn(visit)
            now = time.monotonic()
            settler.capacity.note_turn(len(deleted), now - begun_at)
            visit.due_at = now + _LONG_SECONDS
            settler.acknowledger.delete(deleted)
        except BaseException as error:  # the runtime's own: it must cost neither the messages nor the place
            self._put_back(visit)
            self._settle_apart(visit)
            for held in visit.taken:
                settler.settle(held, error, 0)
            raise
        finally:
            self._end(visit)
        return not visit.replaced

    def look_after(self, now: float) -> None:
        """Replace receivers that are kept, and let others have what they keep."""
        for visit in list(self._visits):
            if visit.due_at <= now:
                visit.replaced = visit.replaced or visit.replace()
                visit.due_at = math.inf if visit.replaced else now + _LONG_SECONDS
                self._put_back(visit)
                self._settle_apart(visit)
                self._end_turn(visit)
                self._wake()

    def late_calls(self, now: float) -> list[Call]:
        """The calls whose time is over; it is for the caller to settle their messages."""
        late = []
        for visit in list(self._visits):
            if now - visit.started_at < self._timeout or (batch := _taken_out(visit.under_way)) is None:
                continue
            if now - visit.started_at < self._timeout:  # the next one, which has begun meanwhile
                visit.under_way.append(batch)
                continue
            with self._lock:
                visit.timed_out = True
                visit.taken = []
                self.hanging += 1
            late.append(Call(visit.lane, batch, visit.started_at))
        return late

    def close(self) -> None:
        """Start nothing more that has not been taken; the caller holds the lock."""
        self._closed = True

    def _begun(self, most: int, replace: Replace) -> _Visit | None:
        """Take messages for the calling thread, whose turn it is; None, and the turn is over, where there are none."""
        with self._lock:
            if found := self._take(most):
                visit = self._visit = _Visit(*found, replace)
                self._visits.append(visit)
                return visit
        self._turn.release()
        return None

    def _call_handlers(self, visit: _Visit) -> None:
        handler, timeout = visit.lane.handler, self._timeout
        under_way, done = visit.under_way, visit.done
        started_at = time.monotonic()
        while not self._closed and (batch := _taken_out(visit.waiting)):
            for held in batch:
                held.started_at = started_at
                held.message.must_end_by(started_at + timeout)
            visit.due_at = started_at + KEPT_SECONDS
            visit.started_at = started_at
            under_way.append(batch)
            errors = call_handler(handler, batch)
            is_late = _taken_out(under_way) is None
            ended_at = time.monotonic()
            done.append((batch, errors, ended_at - started_at))
            if is_late:
                return
            started_at = ended_at

    def _put_back(self, visit: _Visit) -> None:
        """Let others start what waits in a visit."""
        with self._lock:
            unstarted = [held for batch in _drained(visit.waiting) for held in batch]
            if unstarted:
                visit.lane.run_queue.put_back(unstarted)  # first: the drain is to see them twice rather than not at all
                visit.taken = [held for held in visit.taken if held not in unstarted]

    def _settle_apart(self, visit: _Visit) -> None:
        """Settle what is done although the thread does not come to it."""
        outcomes = list(_drained(visit.done))
        if outcomes:
            settled = [held for batch, *_ in outcomes for held in batch]
            self._settling.put(partial(_settle, visit.lane, outcomes), settled)
            visit.taken = [held for held in visit.taken if held not in settled]

    def _end_turn(self, visit: _Visit) -> None:
        with self._lock:
            if self._visit is visit:
                self._visit = None
                self._turn.release()

    def _end(self, visit: _Visit) -> None:
        self._end_turn(visit)
        with self._lock:
            self._visits.remove(visit)
            self.hanging -= visit.timed_out


def _settle(lane: Lane, outcomes: list[Outcome]) -> None:
    lane.settler.acknowledger.delete(lane.settler.settle_all(outcomes))


def _taken_out(entries: deque[_Item]) -> _Item | None:
    """The next entry, if there is one: another thread may take it at the same time."""
    try:
        return entries.popleft()
    except IndexError:
        return None


def _drained(entries: deque[_Item]) -> Iterator[_Item]:
    """Take out all that is there."""
    while (entry := _taken_out(entries)) is not None:
        yield entry
