"""When a worker service last processed a message, of each queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from worker_ops.places.place import Place, Service

_NAMESPACE = "WorkerService"
_METRIC = "MessagesProcessed"
#: The last hours by the minute, and the last days, as far as CloudWatch keeps minutes, by the hour.
_LOOKS = ((60, timedelta(hours=3)), (3_600, timedelta(days=15)))


def last_processed(place: Place, service: Service, now: datetime) -> dict[str, str | None]:
    """The time by the queue's name, from the workers' own metrics, to the minute or the hour; None where there is
    none."""
    if place.local_workers is not None:
        times = [worker.last_processed for worker in place.local_workers if worker.service == service.name]
        return {
            queue.name: max((time[queue.name] for time in times if queue.name in time), default=None)
            for queue in service.queues
        }
    found: dict[str, str | None] = dict.fromkeys(queue.name for queue in service.queues)
    for period_seconds, span in _LOOKS:
        missing = {f"q{index}": queue for index, queue in enumerate(service.queues) if found[queue.name] is None}
        if missing:
            queries = [_query(id_, queue.url, period_seconds) for id_, queue in missing.items()]
            answer = place.account.call(
                "cloudwatch",
                "get_metric_data",
                MetricDataQueries=queries,
                StartTime=now - span,
                EndTime=now,
                ScanBy="TimestampDescending",
            )
            for result in answer["MetricDataResults"]:
                found[missing[result["Id"]].name] = _latest(result)
    return found


def _query(id_: str, queue_url: str, period_seconds: int) -> dict[str, Any]:
    metric = {
        "Namespace": _NAMESPACE,
        "MetricName": _METRIC,
        "Dimensions": [{"Name": "QueueName", "Value": queue_url.rpartition("/")[2]}],
    }
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": period_seconds, "Stat": "Sum"}}


def _latest(result: Mapping[str, Any]) -> str | None:
    times = [time for time, value in zip(result["Timestamps"], result["Values"], strict=True) if value > 0]
    return max(times).astimezone(UTC).isoformat(timespec="seconds") if times else None
