"""MetricStore: points of metrics, readable some time after they happened."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from worker_simulate.definition.service_definition import MetricKey, MetricQuery

_STATISTICS: dict[str, Callable[[Sequence[float]], float]] = {
    "Maximum": max,
    "Minimum": min,
    "Sum": sum,
    "Average": lambda values: sum(values) / len(values),
    "SampleCount": len,
}
#: Two hours of points every ten seconds: more than the longest window.
_KEPT = 720


class _Series:
    """The points of one metric, by time."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.values: list[float] = []
        self.readable: list[float] = []

    def add(self, at: float, value: float, readable_at: float) -> None:
        self.times.append(at)
        self.values.append(value)
        self.readable.append(readable_at)
        if len(self.times) > 2 * _KEPT:
            for points in (self.times, self.values, self.readable):
                del points[:_KEPT]

    def between(self, start: float, end: float, now: float) -> list[float]:
        first, last = bisect_left(self.times, start), bisect_left(self.times, end)
        return [self.values[index] for index in range(first, last) if self.readable[index] <= now]


class MetricStore:
    """What CloudWatch holds."""

    def __init__(self) -> None:
        self._series: dict[MetricKey, _Series] = {}

    def put(self, key: MetricKey, at: float, value: float, readable_at: float) -> None:
        """Add a point of the time `at`; points of a metric come in order of time."""
        self._series.setdefault(key, _Series()).add(at, value, readable_at)

    def statistic(self, query: MetricQuery, start: float, end: float, now: float) -> float | None:
        """The statistic of the points in [start, end) that can be read now; None where there is none."""
        series = self._series.get(query.key)
        values = series.between(start, end, now) if series else []
        return float(_STATISTICS[query.statistic](values)) if values else None
