"""Alarm: evaluates an alarm, and says when its action is due."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

from worker_simulate.cloud.alarm_state import EXTRA_PERIODS, AlarmState, alarm_state
from worker_simulate.cloud.metric_math import evaluate
from worker_simulate.cloud.metric_store import MetricStore
from worker_simulate.definition.service_definition import AlarmDefinition

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}
_MINUTE = 60
#: Periods below a minute are evaluated this often.
_FAST_TICK = 10
#: Points below a minute come within seconds, so what is older than this no longer changes.
_SETTLED_SECONDS = 120


class Alarm:
    """One alarm over time."""

    def __init__(self, definition: AlarmDefinition) -> None:
        self.definition = definition
        self.state = AlarmState.INSUFFICIENT_DATA
        self.tick_seconds = _MINUTE if definition.period_seconds >= _MINUTE else _FAST_TICK
        self._breaches = _COMPARISONS[definition.comparison]
        self._acted_at = -math.inf
        self._settled: dict[float, float | None] = {}

    def evaluate(self, now: float, store: MetricStore) -> float | None:
        """Evaluate, and return the value that the action is given if it is due: at the turn to ALARM and each minute.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
        """
        values = self._values(now, store)
        before = self.state
        self.state = alarm_state(
            [None if value is None else self._breaches(value, self.definition.threshold) for value in values],
            evaluation_periods=self.definition.evaluation_periods,
            datapoints_to_alarm=self.definition.datapoints_to_alarm,
            missing_data=self.definition.missing_data,
            present=before,
        )
        if self.state != AlarmState.ALARM:
            return None
        if before == AlarmState.ALARM and now - self._acted_at < _MINUTE:
            return None
        self._acted_at = now
        return next((value for value in reversed(values) if value is not None), None)

    def _values(self, now: float, store: MetricStore) -> list[float | None]:
        """The points of the evaluation range, newest last. Its windows slide from one evaluation to the next."""
        period = self.definition.period_seconds
        end = math.floor(now / self.tick_seconds) * self.tick_seconds
        read = self._value if period >= _MINUTE else self._settling_value
        values: list[float | None] = []
        existing = 0
        for index in range(self.definition.evaluation_periods + EXTRA_PERIODS):
            values.append(read(end - index * period, now, store))
            existing += values[-1] is not None
            if existing == self.definition.evaluation_periods:
                break
        return values[::-1]

    def _settling_value(self, end: float, now: float, store: MetricStore) -> float | None:
        if end in self._settled:
            return self._settled[end]
        value = self._value(end, now, store)
        if now - end > _SETTLED_SECONDS:
            self._settled[end] = value
            if len(self._settled) > 2 * self.definition.evaluation_periods + 100:
                del self._settled[next(iter(self._settled))]
        return value

    def _value(self, end: float, now: float, store: MetricStore) -> float | None:
        definition = self.definition
        values = {
            id_: store.statistic(query, end - query.period_seconds, end, now)
            for id_, query in definition.queries.items()
        }
        if definition.expression is None:
            return next(iter(values.values()))
        if all(value is None for value in values.values()):
            return None
        return evaluate(definition.expression, values)
