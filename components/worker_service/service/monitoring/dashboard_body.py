"""The dashboard of a service: a pure function from names to the document that CloudWatch takes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Sequence
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
    queue_name: str,
    dead_letter_queue_name: str,
    cluster_name: str,
    service_name: str,
    acceptable_latency_seconds: int,
    min_count: int,
    max_count: int,
    demand_expression: str | None,
    usd_per_task_hour: float,
) -> dict[str, Any]:
    """Flow, backlog, age, tasks, handling, errors and cost, three widgets in a row.

    `demand_expression` is scaling's, over v0 and n0 of the service's queue; None where scaling does not follow one.
    """
    running = ecs("CPUUtilization", "SampleCount", cluster_name, service_name)

    def counted(name: str, statistic: str = "Sum") -> Metric:
        return worker_metrics.worker(name, statistic, queue_name)

    receives_failed = Metric(worker_metrics.filter_namespace(queue_name), worker_metrics.RECEIVE_FAILURES, "Sum")
    visible = sqs("ApproximateNumberOfMessagesVisible", "Maximum", queue_name)
    in_flight = sqs("ApproximateNumberOfMessagesNotVisible", "Average", queue_name)
    widgets = [
        _widget(
            "Flow, messages a minute",
            [
                *_topic_lines("NumberOfMessagesPublished", topic_names, "published"),
                *_topic_lines("NumberOfNotificationsDelivered", topic_names, "delivered"),
                *_topic_lines("NumberOfNotificationsFilteredOut", topic_names, "filtered out"),
                _line(counted(worker_metrics.PROCESSED), "processed"),
                _line(counted(worker_metrics.DEAD_LETTERED), "dead-lettered"),
            ],
        ),
        _widget(
            "Backlog, messages",
            [
                _line(visible, "waiting"),
                _line(in_flight, "in flight"),
                _line(sqs("ApproximateNumberOfMessagesVisible", "Maximum", dead_letter_queue_name), "dead letters"),
            ],
        ),
        _widget(
            "Age of the oldest message, seconds",
            [_line(sqs("ApproximateAgeOfOldestMessage", "Maximum", queue_name), "age")],
            {"acceptable": acceptable_latency_seconds},
        ),
        _widget(
            "Tasks",
            [_line(running, "running"), *_demand_lines(demand_expression, visible, in_flight)],
            {"fewest": min_count, "most": max_count},
        ),
        _widget(
            "Time in the handler, seconds",
            [_line(counted(worker_metrics.DURATION, statistic), statistic) for statistic in ("p50", "p95", "Maximum")],
        ),
        _widget(
            "Errors a minute",
            [
                _line(counted(worker_metrics.FAILED), "failed"),
                _line(counted(worker_metrics.RETRIED), "retried by the handler"),
                _line(counted(worker_metrics.REJECTED), "rejected by the handler"),
                _line(counted(worker_metrics.LEASES_LOST), "leases lost"),
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


def _demand_lines(expression: str | None, visible: Metric, in_flight: Metric) -> list[list[Any]]:
    if expression is None:
        return []
    return [
        _line(visible, "waiting", id="v0", visible=False),
        _line(in_flight, "in flight", id="n0", visible=False),
        [{"expression": expression, "label": "asked for by this queue's messages"}],
    ]


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
