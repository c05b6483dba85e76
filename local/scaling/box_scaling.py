"""The alarms of the box and what they start, tick by tick of the box's clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from local.aws import Aws
from local.scaling.box_clock import BoxClock
from local.scaling.box_metrics import BoxMetrics
from local.scaling.read_scaling import read_alarms, why_not_evaluated
from local.scaling.service_scaling import OnScaled, ServiceScaling
from local.service import Service
from worker_simulate.cloud.alarm import Alarm
from worker_simulate.definition.service_definition import AlarmDefinition

#: The shortest time between two evaluations of an alarm.
_TICK_SECONDS = 10
_MINUTE = 60


class BoxScaling:
    """Evaluates the alarms when they are due, tells CloudWatch their states, and has their policies act."""

    def __init__(
        self,
        aws: Aws,
        services: Sequence[Service],
        metrics: BoxMetrics,
        clock: BoxClock,
        say: Callable[[str], None],
        on_scaled: OnScaled,
    ) -> None:
        self._aws = aws
        self._metrics = metrics
        self._clock = clock
        self._ticked = clock.now() // _TICK_SECONDS
        self._services: list[ServiceScaling] = []
        self._queue_urls: list[str] = []
        self._say = say
        self._on_scaled = on_scaled
        self._told: set[str] = set()
        self._alarms: dict[tuple[str, str], Alarm] = {}
        for service in services:
            self.add(service)

    def add(self, service: Service) -> None:
        """Scale another service, too."""
        self._services.append(ServiceScaling(self._aws, service, self._clock.now(), self._say, self._on_scaled))
        urls = [queue[key] for queue in service.queues.values() for key in ("queue_url", "dead_letter_queue_url")]
        self._queue_urls += [url for url in urls if url not in self._queue_urls]

    def look(self) -> None:
        """Do what has become due since the last time."""
        last = self._clock.now() // _TICK_SECONDS
        while self._ticked < last:
            self._ticked += 1
            self._tick(self._ticked * _TICK_SECONDS)

    def _tick(self, now: float) -> None:
        self._metrics.collect_lines(now)
        if now % _MINUTE == 0:
            self._metrics.collect_counts(self._aws, self._queue_urls, now)
            self._read_alarms()
            for service in self._services:
                service.read(now)
                service.keep_schedule(now)
        for alarm in self._alarms.values():
            if now % alarm.tick_seconds == 0:
                self._evaluate(alarm, now)

    def _read_alarms(self) -> None:
        """An alarm that has changed begins anew."""
        definitions = {
            (definition.name, definition.policy): definition
            for definition in read_alarms(self._aws)
            if not self._is_beyond(definition)
        }
        kept = {key: alarm for key, alarm in self._alarms.items() if definitions.get(key) == alarm.definition}
        self._alarms = {key: kept.get(key) or Alarm(definition) for key, definition in definitions.items()}

    def _is_beyond(self, definition: AlarmDefinition) -> bool:
        """Whether the alarm cannot be evaluated here, which is told once."""
        reason = why_not_evaluated(definition)
        if reason and definition.name not in self._told:
            self._told.add(definition.name)
            self._say(f"alarm {definition.name} does nothing in the box: {reason}")
        return reason is not None

    def _evaluate(self, alarm: Alarm, now: float) -> None:
        definition, before = alarm.definition, alarm.state
        value = alarm.evaluate(now, self._metrics.store)
        if alarm.state != before:
            self._aws.client("cloudwatch").set_alarm_state(
                AlarmName=definition.name, StateValue=alarm.state.value, StateReason=f"the box saw {value}"
            )
        if value is None or not definition.policy:
            return
        for service in self._services:
            service.act(definition.policy, value - definition.threshold, now, f"alarm {definition.name}, at {value:g}")
