"""The alarms that watch a worker service."""

from __future__ import annotations

from typing import Any

from worker_ops.account import Account
from worker_ops.places.place import Service


def alarms_of(account: Account, service: Service) -> list[dict[str, Any]]:
    """The alarms on the service's queues and on its ECS service, by name."""
    watched = _watched(service)
    pages = account.pages("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm"])
    found = [alarm for page in pages for alarm in page["MetricAlarms"] if watched & set(_dimension_values(alarm))]
    return sorted(found, key=lambda alarm: alarm["AlarmName"])


def scales(alarm: dict[str, Any]) -> bool:
    """Whether it starts a scaling policy: while it rings something is done, and nothing is wrong."""
    return any(":scalingPolicy:" in arn for arn in alarm.get("AlarmActions", []))


def _watched(service: Service) -> set[str]:
    urls = [url for queue in service.queues for url in (queue.url, queue.dead_letter_queue_url) if url]
    names = {url.rpartition("/")[2] for url in urls}
    return names | ({service.ecs_service_name} if service.ecs_service_name else set())


def _dimension_values(alarm: dict[str, Any]) -> list[str]:
    metrics = [query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    dimensions = [*alarm.get("Dimensions", []), *(one for metric in metrics for one in metric.get("Dimensions", []))]
    return [dimension["Value"] for dimension in dimensions]
