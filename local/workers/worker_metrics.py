"""What the workers measured of themselves: the metrics in their logs, which CloudWatch would show on the dashboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any

from rich.table import Table

from local.workers.embedded_metrics import metrics_of

#: As worker_runtime.telemetry.metrics names it.
_NAMESPACE = "WorkerService"
#: What stands at a moment is no sum.
_GAUGES = ("MessagesInFlight", "Demand", "UnmetDemand")


class WorkerMetrics:
    """Adds up the runtime's own metrics of any worker; a handler's are for CloudWatch."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._durations: Counter[float] = Counter()
        # Each worker's log is read by a thread of its own.
        self._lock = Lock()

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take one line of a log; lines without metrics count nothing."""
        with self._lock:
            for metric in metrics_of(entry):
                if metric.namespace != _NAMESPACE:
                    continue
                if isinstance(metric.value, Mapping):
                    self._durations.update(dict(zip(metric.value["Values"], metric.value["Counts"], strict=True)))
                elif metric.name not in _GAUGES:
                    self.counts[metric.name] += int(metric.value)

    def duration_seconds(self, percent: int) -> float | None:
        """The time within which so many percent of the handlers were done; None before the first one."""
        missing = self._durations.total() * percent / 100
        for seconds in sorted(self._durations):
            missing -= self._durations[seconds]
            if missing <= 0:
                return seconds
        return None

    def table(self) -> Table:
        """The metrics by the names that they have in CloudWatch."""
        table = Table("measured by the workers", "")
        for name in sorted(self.counts):
            table.add_row(name, str(self.counts[name]))
        for percent in (50, 99):
            seconds = self.duration_seconds(percent)
            if seconds is not None:
                table.add_row(f"HandlerDuration p{percent}", f"{seconds * 1000:.2f} ms")
        return table
