"""Summary: what the runs of one load came to, as ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from worker_simulate.cloud.assumptions import QUEUE_METRIC_DELAYS
from worker_simulate.loads.load import Load
from worker_simulate.result import Result

#: What a summary has a spread of, and in which unit.
MEASURES = {
    "p50": "s",
    "p95": "s",
    "p99": "s",
    "longest": "s",
    "drained": "s",
    "first_action": "s",
    "first_task": "s",
    "task_hours": "h",
    "usd": "$",
    "actions": "",
    "reversals": "",
    "cuts": "",
    "interrupted": "",
    "left_over": "",
    "peak_waiting": "",
    "peak_tasks": "",
}

_EXPECTED_DELAY = QUEUE_METRIC_DELAYS[1]


@dataclass(frozen=True)
class Spread:
    """The median of the runs with the delay that is expected, and the least and most of all runs."""

    typical: float
    least: float
    most: float


@dataclass(frozen=True)
class Summary:
    """One load."""

    load: Load
    results: Sequence[Result]

    def spread(self, measure: str) -> Spread | None:
        """Of one of MEASURES; None where it does not apply, or a run has none of it."""
        values = [getattr(result, measure) for result in self.results]
        if None in values:
            return None
        expected = [getattr(result, measure) for result in self.results if result.queue_metric_delay == _EXPECTED_DELAY]
        return Spread(median(expected), min(values), max(values))

    def document(self) -> dict[str, object]:
        """For --json."""
        spreads = {measure: self.spread(measure) for measure in MEASURES}
        return {
            "load": self.load.what,
            "messages": round(median(result.messages for result in self.results)),
            **{
                measure: None if spread is None else {key: round(value, 4) for key, value in vars(spread).items()}
                for measure, spread in spreads.items()
            },
        }
