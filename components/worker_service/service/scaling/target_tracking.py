"""TargetTracking: what scaling copilot follows, as AWS Copilot's manifests say it under `count`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs.rows import Default, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import Whole
from worker_service.service.metrics.metric import Metric, ecs, sqs

#: Copilot's own, where a manifest gives none.
_SCALE_IN_COOLDOWN_SECONDS = 120
_SCALE_OUT_COOLDOWN_SECONDS = 60

#: What the queues' messages are, divided by the tasks that run; one where none does. A task gives one sample of its CPU
#: use a minute; what is missing counts as 0 beside what is there.
#: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html
BACKLOG_PER_TASK = "CEIL(v / IF(v * 0 + t > 0, t, 1))"


class TrackedBacklog(TypedDict):
    """Messages that may wait for each running task; every queue is held to it."""

    messages_per_task: Annotated[int, Whole(1, 1_000_000)]
    """Visible messages for each running task, 1 to 1,000,000: acceptable latency over processing time, rounded up."""
    scale_in_cooldown_seconds: NotRequired[Annotated[int, Whole(0, 3_600), Default(_SCALE_IN_COOLDOWN_SECONDS)]]
    """Seconds after a step down before the next one, 0 to 3,600. Default 120."""
    scale_out_cooldown_seconds: NotRequired[Annotated[int, Whole(0, 3_600), Default(_SCALE_OUT_COOLDOWN_SECONDS)]]
    """Seconds after a step up before the next one, 0 to 3,600. Default 60."""


class TrackedPercentage(TypedDict):
    """Mean use of CPU or memory that is kept."""

    percent: Annotated[int, Whole(1, 100)]
    """Mean use in percent, 1 to 100."""
    scale_in_cooldown_seconds: NotRequired[Annotated[int, Whole(0, 3_600), Default(_SCALE_IN_COOLDOWN_SECONDS)]]
    """Seconds after a step down before the next one, 0 to 3,600. Default 120."""
    scale_out_cooldown_seconds: NotRequired[Annotated[int, Whole(0, 3_600), Default(_SCALE_OUT_COOLDOWN_SECONDS)]]
    """Seconds after a step up before the next one, 0 to 3,600. Default 60."""


_BACKLOG_ROWS = rows_of(TrackedBacklog)
_PERCENTAGE_ROWS = rows_of(TrackedPercentage)


class TargetTracking(TypedDict):
    """What the count of tasks follows; of several the one that asks for most. Each key may be left out."""

    backlog: NotRequired[Annotated[TrackedBacklog, fields_of(_BACKLOG_ROWS)]]
    """Messages for each running task: messages_per_task, scale_in_cooldown_seconds and scale_out_cooldown_seconds."""
    cpu: NotRequired[Annotated[TrackedPercentage, fields_of(_PERCENTAGE_ROWS)]]
    """Mean CPU use: percent, scale_in_cooldown_seconds and scale_out_cooldown_seconds."""
    memory: NotRequired[Annotated[TrackedPercentage, fields_of(_PERCENTAGE_ROWS)]]
    """Mean use of memory: percent, scale_in_cooldown_seconds and scale_out_cooldown_seconds."""


TARGET_TRACKING = fields_of(rows_of(TargetTracking))

_PREDEFINED = {"cpu": "ECSServiceAverageCPUUtilization", "memory": "ECSServiceAverageMemoryUtilization"}


@dataclass(frozen=True)
class TrackingPolicy:
    """A target tracking policy; `name` is its suffix."""

    name: str
    configuration: dict[str, Any]


def tracking_policies(
    tracking: TargetTracking,
    *,
    queue_names: Mapping[str, pulumi.Input[str]],
    cluster_name: pulumi.Input[str],
    service_name: pulumi.Input[str],
) -> list[TrackingPolicy]:
    """One for each queue, by its name in `queues`, and for CPU and memory, as far as they are asked for."""
    policies = []
    if "backlog" in tracking:
        backlog = {**defaults_of(_BACKLOG_ROWS), **tracking["backlog"]}
        for key, queue_name in queue_names.items():
            measured = {
                "customized_metric_specification": {
                    "metrics": _backlog_per_task(
                        sqs("ApproximateNumberOfMessagesVisible", "Average", queue_name),
                        ecs("CPUUtilization", "SampleCount", cluster_name, service_name),
                    )
                }
            }
            policies.append(_policy(f"{key}-backlog", backlog, backlog["messages_per_task"], measured))
    for key, metric_type in _PREDEFINED.items():
        if key in tracking:
            tracked = {**defaults_of(_PERCENTAGE_ROWS), **tracking[key]}
            measured = {"predefined_metric_specification": {"predefined_metric_type": metric_type}}
            policies.append(_policy(key, tracked, tracked["percent"], measured))
    return policies


def _policy(name: str, tracked: Mapping[str, Any], target: int, measured: dict[str, Any]) -> TrackingPolicy:
    return TrackingPolicy(
        name,
        {
            **measured,
            "target_value": target,
            "scale_in_cooldown": tracked["scale_in_cooldown_seconds"],
            "scale_out_cooldown": tracked["scale_out_cooldown_seconds"],
        },
    )


def _backlog_per_task(visible: Metric, tasks: Metric) -> list[dict[str, Any]]:
    return [
        {"id": "v", "metric_stat": _stat(visible), "return_data": False},
        {"id": "t", "metric_stat": _stat(tasks), "return_data": False},
        {"id": "backlog", "expression": BACKLOG_PER_TASK, "label": "Messages for each task", "return_data": True},
    ]


def _stat(metric: Metric) -> dict[str, Any]:
    dimensions = [{"name": name, "value": value} for name, value in metric.dimensions.items()]
    return {
        "metric": {"namespace": metric.namespace, "metric_name": metric.name, "dimensions": dimensions},
        "stat": metric.statistic,
    }
