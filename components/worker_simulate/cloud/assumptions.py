"""Assumptions: what AWS does not document, or only as a range. docs/simulate.md says where each comes from."""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True)
class Assumptions:
    """Seconds between what happens and what is done about it; a range is drawn from evenly."""

    queue_metric_delay: Range = (60, 120)
    """From the end of a minute until SQS's metrics of it can be read."""
    service_metric_delay: Range = (140, 190)
    """The same for ECS's metrics. With it target tracking scales out as late as AWS measured: 363 seconds.

    https://github.com/aws/containers-roadmap/issues/2113
    """
    function_metric_delay: Range = (10, 40)
    """From PutMetricData until the metric can be read."""
    log_metric_delay: Range = (5, 10)
    """From a line in embedded metric format until its metrics can be read."""
    queue_wakes: Range = (0, 900)
    """Until a queue that nobody used for six hours reports again."""
    action: float = 4
    """From the alarm until the service has its new count."""
    task_start: Range = (40, 8)
    """Mean and standard deviation, from the new count until a task receives."""
    stop_notice: float = 2
    """From the new count until a task that has to go stops receiving."""
    cpu_busy_percent: float = 30
    """CPU use of a task all of whose slots are busy."""


#: Bands of the queue's delay that answers range over. Only the middle one is what is expected.
QUEUE_METRIC_DELAYS: tuple[Range, ...] = ((15, 45), (60, 120), (120, 180))
