"""The alarms that start scaling, as plain values. They are in alarm whenever there is something to do: no fault."""

from collections.abc import Sequence

import pulumi

from components.metrics import Alarm, Metric, sqs
from components.scaling_math import Demand, quiet_expression

#: Written by the worker with fast_scaling, in its log, every 10 seconds: worker/demand.py.
DEMAND_METRIC = "Demand"
SHORTFALL_METRIC = "Shortfall"
#: The shortest period of a metric stored at a resolution of one second.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html
FAST_PERIOD_SECONDS = 10

_NO_FAULT = "Scaling of a worker service, not a fault: nothing to do. "


def demand_alarm(
    demand: Demand,
    queue_names: Sequence[pulumi.Input[str]],
    window_seconds: int,
    published_in: pulumi.Output[str] | None,
) -> Alarm:
    """In alarm while the messages of the queues ask for a task or more; its value is how many.

    The window slides: its highest backlog and its mean number of messages in flight count. `published_in` is the
    namespace that tasks publish their own demand in, if they do.
    """
    metrics = _queue_metrics(queue_names, in_flight_statistic="Average")
    if published_in is not None:
        metrics["f"] = Metric(published_in, DEMAND_METRIC, "Maximum")
    return Alarm(
        _NO_FAULT + "The value is the number of tasks that waiting and in-flight messages need.",
        metrics,
        threshold=1,
        expression=demand.expression(len(queue_names), published_in is not None),
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


def shortfall_alarm(published_in: pulumi.Output[str]) -> Alarm:
    """In alarm when tasks report that the demand exceeds the service's desired count; its value is by how many."""
    return Alarm(
        _NO_FAULT + "The value is the number of tasks missing, as the running tasks publish it.",
        {"shortfall": Metric(published_in, SHORTFALL_METRIC, "Maximum")},
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
