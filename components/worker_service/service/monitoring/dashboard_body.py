"""The dashboard of a service: a pure function from names to the document that CloudWatch takes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worker_service.inputs.aws_values import Architecture
from worker_service.service.fargate_sizes import FargateSize
from worker_service.service.metrics import worker_metrics
from worker_service.service.metrics.metric import Metric, ecs, sns, sqs

_PERIOD_SECONDS = 60
_COLUMNS = 3
_WIDTH = 8
_HEIGHT = 6
_HOURS_PER_MONTH = 730

#: USD of an hour of Fargate in us-east-1 on Linux, by architecture: a vCPU, a GB of memory.
#: https://aws.amazon.com/fargate/pricing/
FARGATE_USD_PER_HOUR = {Architecture.X86_64: (0.04048, 0.004445), Architecture.ARM64: (0.03238, 0.00356)}

Widget = dict[str, Any]


def dashboard_body(
    *,
    region: str,
    topic_names: Sequence[str],
    queues: Sequence[Mapping[str, Any]],
    filter_namespace: str,
    cluster_name: str,
    service_name: str,
    min_count: int,
    max_count: int,
    demand_expression: str | None,
    usd_per_task_hour: float,
) -> dict[str, Any]:
    """Flow, backlog, age, tasks, handling, errors and cost, three widgets in a row.

    `queues` have key, queue_name, dead_letter_queue_name and acceptable_latency_seconds. `demand_expression` is
    scaling's, over v0, n0 ... of the queues; None where scaling does not follow one.
    """
    running = ecs("CPUUtilization", "SampleCount", cluster_name, service_name)

    def counted(name: str, label: str, statistic: str = "Sum") -> list[list[Any]]:
        return _queue_lines(queues, lambda queue: worker_metrics.worker(name, statistic, queue["queue_name"]), label)

    receives_failed = Metric(filter_namespace, worker_metrics.RECEIVE_FAILURES, "Sum")
    widgets = [
        _widget(
            "Flow, messages a minute",
            [
                *_topic_lines("NumberOfMessagesPublished", topic_names, "published"),
                *_topic_lines("NumberOfNotificationsDelivered", topic_names, "delivered"),
                *_topic_lines("NumberOfNotificationsFilteredOut", topic_names, "filtered out"),
                *counted(worker_metrics.PROCESSED, "processed"),
                *counted(worker_metrics.DEAD_LETTERED, "dead-lettered"),
            ],
        ),
        _widget(
            "Backlog, messages",
            [
                *_queue_lines(queues, _visible, "waiting"),
                *_queue_lines(queues, _in_flight, "in flight"),
                *_queue_lines(queues, _dead, "dead letters"),
            ],
        ),
        _widget(
            "Age of the oldest message, seconds",
            _queue_lines(queues, _age, "age"),
            {_label("acceptable", queue, queues): queue["acceptable_latency_seconds"] for queue in queues},
        ),
        _widget(
            "Tasks",
            [_line(running, "running"), *_demand_lines(demand_expression, queues)],
            {"fewest": min_count, "most": max_count},
        ),
        _widget(
            "Time in the handler, seconds",
            [
                line
                for statistic in ("p50", "p95", "Maximum")
                for line in counted(worker_metrics.DURATION, statistic, statistic)
            ],
        ),
        _widget(
            "Errors a minute",
            [
                *counted(worker_metrics.FAILED, "failed"),
                *counted(worker_metrics.RETRIED, "retried by the handler"),
                *counted(worker_metrics.REJECTED, "rejected by the handler"),
                *counted(worker_metrics.LEASES_LOST, "leases lost"),
                _line(receives_failed, "receives failed"),
                *_topic_lines("NumberOfNotificationsFailed", topic_names, "deliveries failed"),
            ],
        ),
        _widget(
            "CPU and memory of the tasks, percent",
            [
                _line(ecs(f"{what}Utilization", "Average", cluster_name, service_name), what)
                for what in ("CPU", "Memory")
            ],
        ),
        _widget(
            "Cost of the tasks if they ran on like this, USD a month (us-east-1)",
            [
                _line(running, "running", id="running", visible=False),
                [{"expression": f"running * {usd_per_task_hour * _HOURS_PER_MONTH:.4f}", "label": "USD a month"}],
            ],
        ),
    ]
    return {"widgets": [_placed(widget, index, region) for index, widget in enumerate(widgets)]}


def usd_per_task_hour(size: FargateSize, architecture: Architecture) -> float:
    """Fargate's list price of a task in us-east-1."""
    vcpu, gigabyte = FARGATE_USD_PER_HOUR[architecture]
    return size.cpu_units / 1024 * vcpu + size.memory_mib / 1024 * gigabyte


def _demand_lines(expression: str | None, queues: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    if expression is None:
        return []
    whose = "this queue's" if len(queues) == 1 else "the queues'"
    return [
        *(_line(_visible(queue), "waiting", id=f"v{index}", visible=False) for index, queue in enumerate(queues)),
        *(_line(_in_flight(queue), "in flight", id=f"n{index}", visible=False) for index, queue in enumerate(queues)),
        [{"expression": expression, "label": f"asked for by {whose} messages"}],
    ]


def _visible(queue: Mapping[str, Any]) -> Metric:
    return sqs("ApproximateNumberOfMessagesVisible", "Maximum", queue["queue_name"])


def _in_flight(queue: Mapping[str, Any]) -> Metric:
    return sqs("ApproximateNumberOfMessagesNotVisible", "Average", queue["queue_name"])


def _dead(queue: Mapping[str, Any]) -> Metric:
    return sqs("ApproximateNumberOfMessagesVisible", "Maximum", queue["dead_letter_queue_name"])


def _age(queue: Mapping[str, Any]) -> Metric:
    return sqs("ApproximateAgeOfOldestMessage", "Maximum", queue["queue_name"])


def _queue_lines(
    queues: Sequence[Mapping[str, Any]], metric: Callable[[Mapping[str, Any]], Metric], label: str
) -> list[list[Any]]:
    return [_line(metric(queue), _label(label, queue, queues)) for queue in queues]


def _label(label: str, queue: Mapping[str, Any], queues: Sequence[Mapping[str, Any]]) -> str:
    return f"{label}, {queue['key']}" if len(queues) > 1 else label


def _topic_lines(metric: str, topic_names: Sequence[str], label: str) -> list[list[Any]]:
    several = len(topic_names) > 1
    return [_line(sns(metric, "Sum", name), f"{label}, {name}" if several else label) for name in topic_names]


def _line(metric: Metric, label: str, **more: Any) -> list[Any]:
    dimensions = [text for pair in metric.dimensions.items() for text in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, "label": label, **more}]


def _widget(title: str, lines: Sequence[list[Any]], marks: dict[str, float] | None = None) -> Widget:
    """A graph of the lines; `marks` are horizontal lines by their labels."""
    properties = {"title": title, "view": "timeSeries", "period": _PERIOD_SECONDS, "metrics": list(lines)}
    properties["yAxis"] = {"left": {"min": 0}}
    if marks:
        properties["annotations"] = {"horizontal": [{"label": label, "value": mark} for label, mark in marks.items()]}
    return {"type": "metric", "width": _WIDTH, "height": _HEIGHT, "properties": properties}


def _placed(widget: Widget, index: int, region: str) -> Widget:
    row, column = divmod(index, _COLUMNS)
    place = {"x": column * _WIDTH, "y": row * _HEIGHT}
    return {**widget, **place, "properties": {**widget["properties"], "region": region}}
