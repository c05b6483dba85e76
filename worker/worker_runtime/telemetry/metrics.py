"""Metrics in the log: CloudWatch reads them from lines in its embedded metric format, and no call is made for
them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
Namespace `WorkerService`, dimension `QueueName`, one line a minute and process:

| metric | unit | what it counts |
|---|---|---|
| MessagesProcessed | Count | handlers that returned |
| MessagesFailed | Count | handlers that raised or ran too long, to be tried again |
| MessagesRetried | Count | handlers that raised Retry |
| MessagesRejected | Count | handlers that raised Reject |
| MessagesDeadLettered | Count | last permitted tries that failed |
| LeasesLost | Count | messages that another worker may have received meanwhile |
| MessagesInFlight | Count | messages held at the end of the minute |
| CircuitOpen | Count | 1 in a minute in which most handlers failed and receives were slowed down |
| HandlerDuration | Seconds | how long handlers took, within 15 percent |
"""

from __future__ import annotations

import math
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Any

from worker_runtime.telemetry.meters import meters

NAMESPACE = "WorkerService"
EMIT_SECONDS = 60.0

#: The metric that counts an action of the log.
_COUNTERS = {
    "message_processed": "MessagesProcessed",
    "message_failed": "MessagesFailed",
    "message_retried": "MessagesRetried",
    "message_rejected": "MessagesRejected",
    "message_dead_lettered": "MessagesDeadLettered",
    "lease_lost": "LeasesLost",
}
#: Durations are counted in steps of 30 percent, from 1 microsecond to 12 hours in fewer than the 100 values
#: of a line.
_STEP = 1.3
_SHORTEST_SECONDS = 1e-6
_LONGEST_SECONDS = 43_200.0
_STEPS = math.ceil(math.log(_LONGEST_SECONDS / _SHORTEST_SECONDS, _STEP))
#: Where each step but the first begins.
_BEGINNINGS = [_SHORTEST_SECONDS * _STEP**step for step in range(1, _STEPS)]


class Metrics:
    """Counts between two lines."""

    def __init__(self, queue_name: str) -> None:
        self._queue_name = queue_name
        self._meters = meters(queue_name)
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._durations: Counter[int] = Counter()

    def count(self, action: str) -> None:
        """Count an action that has no duration."""
        self._meters.count(action)
        with self._lock:
            self._counts[action] += 1

    def count_handlers(self, action: str, handler_seconds: Sequence[float]) -> None:
        """Count what became of messages, and how long the handler of each took."""
        self._meters.count_handlers(action, handler_seconds)
        with self._lock:
            self._counts[action] += len(handler_seconds)
            self._durations.update([bisect_right(_BEGINNINGS, seconds) for seconds in handler_seconds])

    def gauges(self) -> dict[str, int]:
        """What else stands at the end of the minute."""
        return {}

    def take_line(self, in_flight: int) -> dict[str, Any]:
        """The line of what was counted since the last one."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            durations, self._durations = self._durations, Counter()
        # A count of none is left out: CloudWatch bills each metric that is written, $0.30 a month.
        values: dict[str, Any] = {metric: counts[action] for action, metric in _COUNTERS.items() if counts[action]}
        values["MessagesInFlight"] = in_flight
        values |= self.gauges()
        if durations:
            values["HandlerDuration"] = {
                "Values": [_middle_seconds(step) for step in durations],
                "Counts": list(durations.values()),
            }
        definitions = [{"Name": name, "Unit": "Seconds" if name == "HandlerDuration" else "Count"} for name in values]
        directive = {"Namespace": NAMESPACE, "Dimensions": [["QueueName"]], "Metrics": definitions}
        return {
            "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
            "action": "metrics",
            "QueueName": self._queue_name,
            **values,
        }


def _middle_seconds(step: int) -> float:
    return round(_SHORTEST_SECONDS * _STEP ** (step + 0.5), 7)
