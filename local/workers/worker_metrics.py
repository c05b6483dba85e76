"""What the workers measured of themselves: the metrics in their logs, which CloudWatch would show on the dashboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from threading import Lock
from typing import Any

from rich.table import Table

#: What stands at a moment is no sum.
_GAUGES = ("MessagesInFlight", "Demand", "UnmetDemand")


class WorkerMetrics:
    """Adds up metric lines of any worker, in CloudWatch's embedded metric format."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._durations: Counter[float] = Counter()
        # Each worker's log is read by a thread of its own.
        self._lock = Lock()

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take one line of a log; lines without metrics count nothing."""
        metrics = [
            metric
            for directive in entry.get("_aws", {}).get("CloudWatchMetrics", [])
            for metric in directive["Metrics"]
        ]
        with self._lock:
            for metric in metrics:
                name, value = metric["Name"], entry[metric["Name"]]
                if metric.get("Unit") == "Seconds":
                    self._durations.update(dict(zip(value["Values"], value["Counts"], strict=True)))
                elif name not in _GAUGES:
                    self.counts[name] += value

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
