"""The queues of one process, as the runner sees them: whose messages are next, and who settles them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worker_runtime.handler import Handler
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.run_queue import RunQueue
from worker_runtime.settlement.settler import Settler
from worker_runtime.telemetry.event_log import EventLog


@dataclass(frozen=True)
class Lane:
    """One queue's messages on their way to its handler."""

    key: str
    run_queue: RunQueue
    handler: Handler
    settler: Settler
    weight: float
    """Its part of the places, against that of the others, where all of them have work."""

    @property
    def load(self) -> float:
        """How much of its part runs."""
        return self.run_queue.running / self.weight


class Lanes:
    """Shares the places: of the queues with something to do, the one that has least of its part is next."""

    def __init__(self, lanes: Sequence[Lane], log: EventLog) -> None:
        self._lanes = lanes
        self._by_key = {lane.key: lane for lane in lanes}
        self.log = log

    def __len__(self) -> int:
        """Messages that could start now."""
        return sum([len(lane.run_queue) for lane in self._lanes])

    def waiting_since(self) -> float:
        """When the first of the messages that could start now was received; infinite where there is none."""
        return min(lane.run_queue.waiting_since() for lane in self._lanes)

    def take(self, most: int = 1) -> tuple[Lane, list[Held]]:
        """Up to `most` messages of one lane, or as many as a call of its handler takes if that is more; none where
        nothing is ready.

        Not for two threads at a time: each would find the same queue to be next.
        """
        lane = self._lanes[0]
        if len(self._lanes) > 1:
            lane = min((lane for lane in self._lanes if len(lane.run_queue)), key=lambda one: one.load, default=lane)
        return lane, lane.run_queue.take(max(most, lane.handler.batch_size or 1))

    def take_for(self, calls: int) -> tuple[Lane, list[Held]]:
        """Messages of one lane for up to so many calls; for one where other queues may be next to have a place."""
        return self.take(calls if len(self._lanes) == 1 and self._lanes[0].handler.batch_size is None else 1)

    def of(self, held: Held) -> Lane:
        """The lane of a message."""
        return self._by_key[held.queue]

    @property
    def mean_seconds(self) -> float | None:
        """The longest of the handlers' running means; None before the first has finished."""
        means = [mean for lane in self._lanes if (mean := lane.settler.capacity.mean_seconds) is not None]
        return max(means, default=None)

    def limit_handlers(self, handlers: int) -> None:
        """From now on, so many handlers can run at a time."""
        for lane in self._lanes:
            lane.settler.capacity.limit_handlers(handlers)
