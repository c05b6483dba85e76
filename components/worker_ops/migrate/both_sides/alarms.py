"""The alarms of both sides: whether somebody is told of the new queues and tasks what was told of the old ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker_ops.account import Account
from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.ecs_services import EcsService
from worker_ops.migrate.both_sides.queues import Queue

_QUEUE, _DEAD_LETTER_QUEUE, _SERVICE = "queue", "dead-letter queue", "service"


@dataclass(frozen=True)
class _Watched:
    """A metric of one kind of thing."""

    metric: str
    kind: str


def of_alarms(
    account: Account,
    old: Sequence[Queue],
    consuming: Sequence[EcsService],
    new: Sequence[Queue],
    taking: EcsService | None,
) -> Iterator[Check]:
    """An old alarm that tells somebody has a new one on the same metric that does."""
    pages = account.pages("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm"])
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"] if _tells_somebody(alarm)]
    before, after = _kinds(old, consuming), _kinds(new, [taking] if taking else [])
    covered = {one for alarm in alarms for one in _watched(alarm, after)}
    for alarm in alarms:
        watched = _watched(alarm, before)
        missing = [one for one in watched if one not in covered]
        if watched and not missing:
            yield Check(alarm["AlarmName"], is_met=True, told="a new alarm tells the same", before=Step.DELETE)
        for one in missing:
            told = f"no alarm that tells somebody is on {one.metric} of the new {one.kind}: alarm_topic_arn or your own"
            yield Check(alarm["AlarmName"], is_met=False, told=told, before=Step.DELETE, is_choice=True)


def _kinds(queues: Sequence[Queue], services: Sequence[EcsService]) -> dict[tuple[str, str], str]:
    """What a metric's dimension names, by the dimension."""
    found = {("QueueName", queue.name): _DEAD_LETTER_QUEUE if queue.is_dead_letters else _QUEUE for queue in queues}
    return {**found, **{("ServiceName", f"{one.cluster_name}/{one.name}"): _SERVICE for one in services}}


def _watched(alarm: Mapping[str, Any], kinds: Mapping[tuple[str, str], str]) -> list[_Watched]:
    """The metrics of the alarm that are of these."""
    single = [alarm] if "MetricName" in alarm else []
    metrics = [*single, *(query["MetricStat"]["Metric"] for query in alarm.get("Metrics", []) if "MetricStat" in query)]
    found = [
        _Watched(f"{metric['Namespace']} {metric['MetricName']}", kinds[named])
        for metric in metrics
        for named in _named(metric)
        if named in kinds
    ]
    return list(dict.fromkeys(found))


def _named(metric: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the metric's dimensions name; a service with its cluster, for another cluster has one of that name too."""
    values = {dimension["Name"]: dimension["Value"] for dimension in metric.get("Dimensions", [])}
    if "ServiceName" in values:
        values["ServiceName"] = f"{values.get('ClusterName', '')}/{values['ServiceName']}"
    return list(values.items())


def _tells_somebody(alarm: Mapping[str, Any]) -> bool:
    """Alarms of scaling start and stop tasks, and go with the service; one whose actions are off tells nobody."""
    is_on = alarm.get("ActionsEnabled", True)
    return is_on and any(":autoscaling:" not in action for action in alarm.get("AlarmActions", []))
