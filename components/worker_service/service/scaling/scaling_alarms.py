"""The alarms that start scaling, as plain values. They are in alarm whenever there is something to do: no fault."""

from collections.abc import Sequence

import pulumi

from worker_service.service.metrics.alarm import Alarm
from worker_service.service.metrics.metric import Metric, sqs
from worker_service.service.metrics.worker_metrics import DEMAND, SHORTFALL, worker
from worker_service.service.scaling.demand import Demand, quiet_expression

#: The shortest period of a metric stored at a resolution of one second.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html
FAST_PERIOD_SECONDS = 10

_NO_FAULT = "Scaling of a worker service, not a fault: nothing to do. "


def demand_alarm(
    demand: Demand,
    queue_names: Sequence[pulumi.Input[str]],
    window_seconds: int,
    *,
    published: bool,
) -> Alarm:
    """In alarm while the messages of the queues ask for a task or more; its value is how many.

    The window slides: its highest backlog and its mean number of messages in flight count. With `published`,
    what tasks of the first queue publish counts where it is more.
    """
    metrics = _queue_metrics(queue_names, in_flight_statistic="Average")
    if published:
        metrics["f"] = worker(DEMAND, "Maximum", queue_names[0])
    return Alarm(
        _NO_FAULT + "The value is the number of tasks that waiting and in-flight messages need.",
        metrics,
        threshold=1,
        expression=demand.expression(len(queue_names), published),
        period_seconds=window_seconds,
    )


def quiet_alarm(queue_names: Sequence[pulumi.Input[str]], window_seconds: int) -> Alarm:
    """In alarm once nothing has waited or been in flight for the whole window."""
    return Alarm(
        _NO_FAULT + "No message has waited or been in flight for the whole window.",
        _queue_metrics(queue_names, in_flight_statistic="Maximum"),
        threshold=0,
        expression=quiet_expression(len(queue_names)),
        is_at_least=False,
        period_seconds=window_seconds,
    )


def shortfall_alarm(queue_name: pulumi.Input[str]) -> Alarm:
    """In alarm when tasks report that the demand exceeds the service's desired count; its value is by how many."""
    return Alarm(
        _NO_FAULT + "The value is the number of tasks missing, as the running tasks publish it.",
        {"shortfall": worker(SHORTFALL, "Maximum", queue_name)},
        threshold=1,
        period_seconds=FAST_PERIOD_SECONDS,
    )


def _queue_metrics(queue_names: Sequence[pulumi.Input[str]], in_flight_statistic: str) -> dict[str, Metric]:
    visible = {
        f"v{index}": sqs("ApproximateNumberOfMessagesVisible", "Maximum", name)
        for index, name in enumerate(queue_names)
    }
    in_flight = {
        f"n{index}": sqs("ApproximateNumberOfMessagesNotVisible", in_flight_statistic, name)
        for index, name in enumerate(queue_names)
    }
    return {**visible, **in_flight}
