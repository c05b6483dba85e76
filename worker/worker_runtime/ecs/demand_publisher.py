"""Publishes every 10 seconds how many tasks the messages need, for scaling out faster than SQS's metrics allow.

The line is in the embedded metric format, at a resolution of one second. Namespace `WorkerService`, dimension
`QueueName`:

| metric | what it says |
|---|---|
| Demand | tasks that messages need: the highest of a window; those in flight count as their mean over a minute |
| UnmetDemand | Demand where it is above the service's desired count: at once, and in every other 10 seconds; else 0 |

All of scaling reads these, so capacity goes when the window has passed, and nothing takes it back before. An alarm acts
when it turns to ALARM, and only once a minute while it stays so: in between, UnmetDemand lets it turn back, at moments
that all tasks agree on.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from worker_runtime.ecs.service_reader import Reading, ServiceReader
from worker_runtime.settings import Settings
from worker_runtime.telemetry.event_log import EventLog
from worker_runtime.telemetry.metrics import NAMESPACE

PUBLISH_SECONDS = 10.0
_SAMPLES_PER_MINUTE = 6


@contextmanager
def demand_published(settings: Settings, log: EventLog) -> Iterator[None]:
    """Publish while the worker runs, if the settings say so and this is a task of ECS."""
    if not settings.publish_demand or settings.metadata_uri is None:
        yield
        return
    publisher = DemandPublisher(settings, ServiceReader(settings), log)
    publisher.start()
    try:
        yield
    finally:
        publisher.close()


class DemandPublisher:
    """Writes the line; what fails is logged when it begins to, tried again, and harms nothing."""

    def __init__(self, settings: Settings, read: Callable[[], Reading], log: EventLog) -> None:
        self._settings = settings
        self._read = read
        self._log = log
        self._in_flight: deque[float] = deque(maxlen=_SAMPLES_PER_MINUTE)
        """Tasks that the messages in flight needed at each look."""
        self._demands: deque[int] = deque(maxlen=round(settings.demand_window_seconds / PUBLISH_SECONDS))
        self._was_unmet = False
        self._failing = False
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demand", daemon=True)

    def start(self) -> None:
        """Start publishing."""
        self._thread.start()

    def close(self) -> None:
        """Stop publishing; a call under way is not waited for."""
        self._closed.set()

    def publish(self) -> None:
        """Read once and write a line."""
        try:
            reading = self._read()
        except Exception as error:  # whatever a call raises: the messages matter more
            if not self._failing:
                self._log.event("demand_failed", "WARNING", error=f"{type(error).__name__}: {error}")
            self._failing = True
            return
        self._failing = False
        self._demands.append(self._demand(reading))
        self._log.line(self._line(time.time(), max(self._demands), reading.desired_count))

    def _run(self) -> None:
        while not self._closed.wait(PUBLISH_SECONDS):
            self.publish()

    def _demand(self, reading: Reading) -> int:
        """Of all queues together."""
        queues = self._settings.queues
        visible = _sum_of_products([queue.demand_per_visible for queue in queues], reading.visible)
        self._in_flight.append(_sum_of_products([queue.demand_per_in_flight for queue in queues], reading.in_flight))
        return math.ceil(visible + sum(self._in_flight) / len(self._in_flight))

    def _line(self, now: float, demand: int, desired_count: int) -> dict[str, Any]:
        is_unmet = demand > desired_count
        is_told = is_unmet and (not self._was_unmet or int(now / PUBLISH_SECONDS) % 2 == 0)
        self._was_unmet = is_unmet
        values = {"Demand": demand, "UnmetDemand": demand if is_told else 0}
        definitions = [{"Name": name, "Unit": "Count", "StorageResolution": 1} for name in values]
        directive = {"Namespace": NAMESPACE, "Dimensions": [["QueueName"]], "Metrics": definitions}
        return {
            "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]},
            "action": "demand",
            "QueueName": self._settings.queue_name,
            **values,
        }


def _sum_of_products(shares: Iterable[float], counts: Iterable[int]) -> float:
    return sum(share * count for share, count in zip(shares, counts, strict=True))
