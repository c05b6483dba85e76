"""What CloudWatch knows of the queues of a worker service."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from worker_ops.account import Account
from worker_ops.places.place import Place, Service, WorkQueue

#: The last hours by the minute, and the last days, as far as CloudWatch keeps minutes, by the hour.
_LOOKS = ((60, timedelta(hours=3)), (3_600, timedelta(days=15)))
#: SQS reports each minute, some minutes late.
_AGE_SPAN = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)

Points = Sequence[tuple[datetime, float]]


def last_processed(place: Place, service: Service, now: datetime) -> dict[str, str | None]:
    """When a queue's last message was processed, by its name: from the workers' own metrics, to the minute or the
    hour, and in the box from the workers; None where nothing was."""
    if place.local_workers is not None:
        times = [worker.last_processed for worker in place.local_workers if worker.service == service.name]
        return {
            queue.name: max((time[queue.name] for time in times if queue.name in time), default=None)
            for queue in service.queues
        }
    found: dict[str, str | None] = dict.fromkeys(queue.name for queue in service.queues)
    for period_seconds, span in _LOOKS:
        missing = [queue for queue in service.queues if found[queue.name] is None]
        metric = ("WorkerService", "MessagesProcessed", "Sum")
        for name, points in _points(place.account, metric, missing, period_seconds, (now - span, now)).items():
            times_with_any = [time for time, value in points if value > 0]
            if times_with_any:
                found[name] = max(times_with_any).astimezone(UTC).isoformat(timespec="seconds")
    return found


def oldest_seconds(account: Account, service: Service, now: datetime) -> dict[str, int | None]:
    """The age of each queue's oldest message by its name, as SQS told last; None where it told nothing lately."""
    metric = ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum")
    found = _points(account, metric, service.queues, 60, (now - _AGE_SPAN, now + _MINUTE))
    return {name: int(max(points)[1]) if points else None for name, points in found.items()}


def _points(
    account: Account,
    metric: tuple[str, str, str],
    queues: Sequence[WorkQueue],
    period_seconds: int,
    times: tuple[datetime, datetime],
) -> dict[str, Points]:
    """Of the metric (namespace, name, statistic), by the queues' names."""
    if not queues:
        return {}
    answer = account.call(
        "cloudwatch",
        "get_metric_data",
        MetricDataQueries=[
            {"Id": f"q{index}", "MetricStat": _stat(metric, queue, period_seconds)}
            for index, queue in enumerate(queues)
        ],
        StartTime=times[0],
        EndTime=times[1],
        ScanBy="TimestampDescending",
    )
    found: dict[str, Points] = {queue.name: [] for queue in queues}
    for result in answer["MetricDataResults"]:
        name = queues[int(result["Id"].removeprefix("q"))].name
        found[name] = list(zip(result["Timestamps"], result["Values"], strict=True))
    return found


def _stat(metric: tuple[str, str, str], queue: WorkQueue, period_seconds: int) -> dict[str, Any]:
    namespace, name, statistic = metric
    dimensions = [{"Name": "QueueName", "Value": queue.url.rpartition("/")[2]}]
    named = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return {"Metric": named, "Period": period_seconds, "Stat": statistic}
