"""Reports: the metrics that AWS and the tasks give CloudWatch, as late as they are."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

import numpy as np

from worker_simulate.cloud.assumptions import Assumptions, Range
from worker_simulate.cloud.metric_store import MetricStore
from worker_simulate.definition.service_definition import BACKLOG_PER_TASK, MetricKey, ServiceDefinition
from worker_simulate.work.fleet import Fleet
from worker_simulate.work.work import Work

#: How often tasks publish their demand, and ECS's CPU use is looked at.
PUBLISH_SECONDS = 10
_MINUTE = 60
_SAMPLES_PER_MINUTE = 6
#: SQS reports a queue for so long after it was used.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
_AWAKE_SECONDS = 6 * 3_600


class Reports:
    """Each method is one report of this moment."""

    def __init__(
        self,
        service: ServiceDefinition,
        work: Work,
        fleet: Fleet,
        desired: Callable[[], int],
        assumptions: Assumptions,
        delays: np.random.Generator,
    ) -> None:
        """`desired` tells the service's desired count."""
        self._service, self._work, self._fleet = service, work, fleet
        self._desired, self._assume, self._delays = desired, assumptions, delays
        self.store = MetricStore()
        self._used_at = self._wakes_at = 0.0
        self._in_flight: deque[int] = deque(maxlen=_SAMPLES_PER_MINUTE)
        self._demands: deque[int] = deque(maxlen=service.task.demand_window_seconds // PUBLISH_SECONDS)
        self._was_unmet = False
        self._busy: list[float] = []

    def _key(self, namespace: str, name: str) -> MetricKey:
        return MetricKey(namespace, name, (("QueueName", self._service.queue_name),))

    def queue(self, now: float) -> None:
        """SQS's own metrics, of this minute. A queue that nobody uses falls asleep."""
        waiting, in_flight = self._work.waiting(now), self._work.in_flight(now)
        if waiting or in_flight or self._fleet.running:
            if now - self._used_at > _AWAKE_SECONDS:
                self._wakes_at = now + self._later(self._assume.queue_wakes)
            self._used_at = now
        if now < self._wakes_at or now - self._used_at > _AWAKE_SECONDS:
            return
        minute = math.floor(now / _MINUTE) * _MINUTE
        readable_at = minute + _MINUTE + self._later(self._assume.queue_metric_delay)
        for name, value in (
            ("ApproximateNumberOfMessagesVisible", waiting),
            ("ApproximateNumberOfMessagesNotVisible", in_flight),
            ("ApproximateNumberOfGroupsWithInflightMessages", self._work.groups_in_flight(now)),
        ):
            self.store.put(self._key("AWS/SQS", name), minute, value, readable_at)

    def demand(self, now: float) -> None:
        """What running tasks write in their log, as worker_runtime.ecs.demand_publisher does."""
        task = self._service.task
        if not self._fleet.running or task.demand_per_visible is None or task.demand_per_in_flight is None:
            self._in_flight.clear()
            self._demands.clear()
            return
        self._in_flight.append(self._work.in_flight(now))
        in_flight = sum(self._in_flight) / len(self._in_flight)
        waiting = self._work.waiting(now)
        self._demands.append(math.ceil(waiting * task.demand_per_visible + in_flight * task.demand_per_in_flight))
        demand = max(self._demands)
        readable_at = now + self._later(self._assume.log_metric_delay)
        self.store.put(self._key("WorkerService", "Demand"), now, demand, readable_at)
        is_unmet = demand > self._desired()
        is_told = is_unmet and (not self._was_unmet or int(now / PUBLISH_SECONDS) % 2 == 0)
        self._was_unmet = is_unmet
        self.store.put(self._key("WorkerService", "UnmetDemand"), now, demand if is_told else 0, readable_at)

    def held(self, now: float) -> None:
        """What workers hold: a line a minute of each task, here the sum of all."""
        if self._fleet.running:
            key = self._key("WorkerService", "MessagesInFlight")
            self.store.put(key, now, self._work.busy(now), now + self._later(self._assume.log_metric_delay))

    def backlog_per_task(self, now: float) -> None:
        """What Copilot's function publishes each minute."""
        backlog = math.ceil(self._work.waiting(now) / max(1, self._fleet.running))
        self.store.put(BACKLOG_PER_TASK, now, backlog, now + self._later(self._assume.function_metric_delay))

    def cpu(self, now: float) -> None:
        """ECS's CPU use: the mean of a minute, while tasks run."""
        running = self._fleet.running
        if running:
            share = min(1.0, self._work.busy(now) / (running * self._service.task.slots))
            self._busy.append(share * self._assume.cpu_busy_percent)
        if now % _MINUTE >= _MINUTE - PUBLISH_SECONDS and self._busy:
            minute = math.floor(now / _MINUTE) * _MINUTE
            readable_at = minute + _MINUTE + self._later(self._assume.service_metric_delay)
            mean = sum(self._busy) / len(self._busy)
            self.store.put(MetricKey("AWS/ECS", "CPUUtilization"), minute, mean, readable_at)
            self._busy = []

    def _later(self, span: Range) -> float:
        return float(self._delays.uniform(*span))
