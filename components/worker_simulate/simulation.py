"""Simulation: one run of a service under a load."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from heapq import heappop, heappush

import numpy as np

from worker_simulate.cloud.alarm import Alarm
from worker_simulate.cloud.assumptions import Assumptions
from worker_simulate.cloud.prices import SQS_REQUEST, scaling_second, task_second
from worker_simulate.cloud.scalable_target import ScalableTarget
from worker_simulate.cloud.schedule import due
from worker_simulate.cloud.target_tracking import managed_alarms
from worker_simulate.definition.service_definition import (
    BACKLOG_PER_TASK,
    ServiceDefinition,
    StepPolicy,
    TargetTrackingPolicy,
)
from worker_simulate.loads.load import Load
from worker_simulate.result import Course, Result, reversals
from worker_simulate.work.arrivals import Arrivals
from worker_simulate.work.fleet import Fleet
from worker_simulate.work.latencies import Latencies
from worker_simulate.work.reports import PUBLISH_SECONDS, Reports
from worker_simulate.work.work import Handling, Work

#: What the load begins with has gone on for so long when it is first looked at.
_LEAD_SECONDS = 1_800
_MINUTE = 60
_LONG_POLL_SECONDS = 20
_MOST_IN_A_BATCH = 10


def simulate(
    service: ServiceDefinition, load: Load, handling: Handling, seed: int, assumptions: Assumptions | None = None
) -> Result:
    """Run the service under the load. The same arguments give the same result."""
    return _Simulation(service, load, handling, seed, assumptions or Assumptions()).run()


class _Simulation:
    """Time passes from event to event; between two the work is worked out at once."""

    def __init__(
        self, service: ServiceDefinition, load: Load, handling: Handling, seed: int, assumptions: Assumptions
    ) -> None:
        self._service, self._load, self._handling, self._seed = service, load, handling, seed
        self._assume = assumptions
        # A stream of its own for each purpose: two policies see the same messages and the same delays.
        sent, moments, durations, delays, starts = (
            np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(5)
        )
        self._delays, self._starts = delays, starts
        # At any second of a minute.
        self._begins = _LEAD_SECONDS + int(delays.integers(_MINUTE))
        self._arrivals = Arrivals(load.per_second(sent, self._begins), moments)
        self._work = Work(self._arrivals, handling, durations)
        self._target = ScalableTarget(service.min_count, service.max_count, service.desired_count)
        self._fleet = Fleet(service.task, self._work, self._begin_task)
        self._reports = Reports(service, self._work, self._fleet, lambda: self._target.desired, assumptions, delays)
        self._latencies = Latencies()
        self._course = Course()
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._sequence = 0
        self._now = 0.0
        self._end = self._begins + load.seconds
        self._first_task: float | None = None
        self._cuts = self._peak_waiting = self._peak_tasks = 0
        self._at_once = self._begins + (load.at_once_seconds or 0)

    def run(self) -> Result:
        """Let it happen."""
        self._plan()
        self._fleet.set_desired(self._target.desired, 0)
        while self._events and self._events[0][0] <= self._end:
            at, _, happen = heappop(self._events)
            self._work.advance(at)
            self._now = at
            happen(at)
        self._work.advance(self._end)
        self._take_latencies()
        return self._result(self._fleet.charge(self._end) - self._charged_before)

    def _plan(self) -> None:
        """What happens again and again, each from a random moment of its minute."""
        service, uniform = self._service, self._delays.uniform
        self._every(_MINUTE, uniform(0, _MINUTE), self._reports.queue)
        self._every(_MINUTE, uniform(0, _MINUTE), self._reports.held)
        self._every(_MINUTE, 0, self._look)
        self._watch()
        if any(policy.query.key == BACKLOG_PER_TASK for policy in service.target_tracking):
            self._every(_MINUTE, uniform(0, _MINUTE), self._reports.backlog_per_task)
        if service.target_tracking:
            self._every(PUBLISH_SECONDS, uniform(0, PUBLISH_SECONDS), self._reports.cpu)
        if service.task.demand_per_visible is not None:
            self._every(PUBLISH_SECONDS, uniform(0, PUBLISH_SECONDS), self._reports.demand)
        if service.scheduled_actions:
            self._every(_MINUTE, 0, self._keep_schedule())
        if service.polled:
            self._every(service.polled.poll_seconds, uniform(0, service.polled.poll_seconds), self._poll())
        self._at(self._begins, self._begin_to_look)

    def _watch(self) -> None:
        """The alarms of the step policies, and those that target tracking makes for itself."""
        service, uniform = self._service, self._delays.uniform
        steps = {policy.name: policy for policy in service.step_policies}
        for definition in service.alarms:
            alarm = Alarm(definition)
            self._every(alarm.tick_seconds, uniform(0, alarm.tick_seconds), self._stepping(alarm, steps))
        for policy in service.target_tracking:
            for definition in managed_alarms(policy):
                self._every(_MINUTE, uniform(0, _MINUTE), self._tracking(Alarm(definition), policy))

    # Events

    def _at(self, moment: float, happen: Callable[[float], None]) -> None:
        self._sequence += 1
        heappush(self._events, (moment, self._sequence, happen))

    def _every(self, seconds: float, first: float, happen: Callable[[float], None]) -> None:
        def again(now: float) -> None:
            happen(now)
            self._at(now + seconds, again)

        self._at(first, again)

    def _begin_to_look(self, now: float) -> None:
        self._charged_before = self._fleet.charge(now)
        self._take_latencies()
        self._latencies = Latencies()
        self._handled_before = self._arrivals.sent_until(now) - self._work.waiting(now) - self._work.in_flight(now)

    # Scaling

    def _stepping(self, alarm: Alarm, policies: dict[str, StepPolicy]) -> Callable[[float], None]:
        policy = policies[alarm.definition.policy]

        def evaluate(now: float) -> None:
            value = alarm.evaluate(now, self._reports.store)
            if value is not None:
                breach = value - alarm.definition.threshold
                self._act(now, lambda at: self._target.step(policy, breach, self._fleet.running, at))

        return evaluate

    def _tracking(self, alarm: Alarm, policy: TargetTrackingPolicy) -> Callable[[float], None]:
        def evaluate(now: float) -> None:
            value = alarm.evaluate(now, self._reports.store)
            if value is not None:
                self._act(now, lambda at: self._target.track(policy, value, self._fleet.running, at))

        return evaluate

    def _keep_schedule(self) -> Callable[[float], None]:
        midnight = self._load.begins - timedelta(seconds=_LEAD_SECONDS)
        actions = [
            (action, due(action.schedule, action.timezone, midnight)) for action in self._service.scheduled_actions
        ]

        def look(now: float) -> None:
            moment = midnight + timedelta(seconds=now)
            for action, is_due in actions:
                if is_due(moment):
                    self._target.bound(action.min_count, action.max_count, now, action.name)
                    self._follow(now)

        return look

    def _poll(self) -> Callable[[float], None]:
        """KEDA and Kubernetes' HPA: what waits and is handled, divided; the highest of a while counts for scale-in."""
        policy = self._service.polled
        assert policy is not None  # noqa: S101 - planned only where there is one
        wanted: deque[int] = deque(maxlen=max(1, policy.scale_in_after_seconds // policy.poll_seconds))

        def poll(now: float) -> None:
            messages = self._work.waiting(now) + self._work.in_flight(now)
            wanted.append(math.ceil(messages / policy.messages_per_task))
            count = wanted[-1] if wanted[-1] > self._target.desired else min(self._target.desired, max(wanted))
            self._target.set(count, now, "polled")
            self._follow(now)

        return poll

    def _act(self, now: float, change: Callable[[float], None]) -> None:
        def happen(at: float) -> None:
            change(at)
            self._follow(at)

        self._at(now + self._assume.action, happen)

    def _follow(self, now: float) -> None:
        """Give the fleet the count that the target now has."""
        before, after = self._fleet.desired, self._target.desired
        if after == before:
            return
        if after < before and self._work.waiting(now) > self._fleet.running * self._service.task.slots:
            self._cuts += before - after
        self._fleet.set_desired(after, now)
        if after < before:
            self._at(now + self._assume.stop_notice, self._shrink)

    def _shrink(self, now: float) -> None:
        if not self._fleet.shrink(now):
            self._at(now + PUBLISH_SECONDS, self._shrink)

    def _begin_task(self, number: int, now: float) -> None:
        mean, deviation = self._assume.task_start
        is_first_start = now == 0
        seconds = 0 if is_first_start else max(mean / 3, float(self._starts.normal(mean, deviation)))

        def ready(at: float) -> None:
            if self._fleet.ready(number, at) and self._first_task is None and now >= self._at_once:
                self._first_task = at

        self._at(now + seconds, ready)

    # What it came to

    def _look(self, now: float) -> None:
        waiting, running = self._work.waiting(now), self._fleet.running
        self._peak_waiting = max(self._peak_waiting, waiting)
        self._peak_tasks = max(self._peak_tasks, running)
        p95 = self._take_latencies()
        if now >= self._begins:
            course = self._course
            course.minutes.append((now - self._begins) / _MINUTE)
            course.waiting.append(waiting)
            course.wanted.append(self._target.desired)
            course.running.append(running)
            course.p95_seconds.append(p95)

    def _take_latencies(self) -> float | None:
        latest, taken_back = self._work.take_latencies()
        self._latencies.add(latest)
        self._latencies.remove(taken_back)
        return float(np.percentile(latest, 95)) if len(latest) else None

    def _result(self, task_seconds: float) -> Result:
        load, latencies = self._load, self._latencies
        activities = [activity for activity in self._target.activities if activity.at >= self._at_once]
        first_out = next((activity.at for activity in activities if activity.after > activity.before), None)
        in_flight = self._work.in_flight(self._end)
        left_over = self._work.waiting(self._end) + in_flight
        messages = self._arrivals.total - self._handled_before
        at_once = load.at_once_seconds is not None
        return Result(
            load=load.name,
            seed=self._seed,
            queue_metric_delay=self._assume.queue_metric_delay,
            messages=messages,
            handled=messages - left_over,
            left_over=left_over,
            p50=latencies.percentile(50),
            p95=latencies.percentile(95),
            p99=latencies.percentile(99),
            longest=latencies.longest,
            drained=self._work.finished_at - self._at_once if at_once and not left_over else None,
            first_action=first_out - self._at_once if at_once and first_out else None,
            first_task=self._first_task - self._at_once if at_once and self._first_task else None,
            task_hours=task_seconds / 3_600,
            usd=self._usd(task_seconds),
            actions=len(activities),
            reversals=reversals([(activity.at, activity.after - activity.before) for activity in activities]),
            cuts=self._cuts,
            interrupted=self._work.interrupted,
            peak_waiting=self._peak_waiting,
            peak_tasks=self._peak_tasks,
            course=self._course,
        )

    def _usd(self, task_seconds: float) -> float:
        task = self._service.task
        requests = (
            2 * (self._arrivals.total - self._handled_before) / min(_MOST_IN_A_BATCH, task.slots)
            + task_seconds / _LONG_POLL_SECONDS
        )
        scaling = scaling_second(self._service) * self._load.seconds
        return task_seconds * task_second(task) + scaling + requests * SQS_REQUEST
