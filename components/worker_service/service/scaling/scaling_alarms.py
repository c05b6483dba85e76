"""The alarms that start scaling, as plain values. They are in alarm whenever there is something to do: no fault."""

from collections.abc import Collection, Sequence

import pulumi

from worker_service.service.metrics.alarm import Alarm
from worker_service.service.metrics.metric import Metric, sqs
from worker_service.service.metrics.worker_metrics import DEMAND, IN_FLIGHT, UNMET_DEMAND, worker
from worker_service.service.scaling.demand import Demand, quiet_expression

#: The shortest period of a metric stored at a resolution of one second.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html
FAST_PERIOD_SECONDS = 10

#: How often SQS's metrics and the worker's own come.
_MINUTE = 60

_NO_FAULT = "Scaling of a worker service, not a fault: nothing to do. "


def demand_alarm(
    demand: Demand,
    queue_names: Sequence[pulumi.Input[str]],
    window_seconds: int,
    *,
    only_held: bool,
    limited_to_groups: Collection[str],
) -> Alarm:
    """In alarm while the messages of the queues ask for a task or more; its value is how many.

    The window slides: its highest backlog and its mean number of messages in flight count. With `only_held` no more
    count as in flight than tasks say that they hold. Queues `limited_to_groups` ask for no more than their message
    groups can use.
    """
    metrics = _queue_metrics(queue_names, in_flight_statistic="Average")
    if only_held:
        metrics |= {f"h{index}": worker(IN_FLIGHT, "Sum", name) for index, name in enumerate(queue_names)}
    metrics |= {
        f"g{index}": sqs("ApproximateNumberOfGroupsWithInflightMessages", "Maximum", queue_names[index])
        for index, key in enumerate(demand.shares)
        if key in limited_to_groups
    }
    return Alarm(
        _NO_FAULT + "The value is the number of tasks that waiting and in-flight messages need.",
        metrics,
        threshold=1,
        expression=demand.expression(window_seconds // _MINUTE if only_held else None, limited_to_groups),
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


def published_demand_alarm(queue_name: pulumi.Input[str]) -> Alarm:
    """In alarm while tasks publish a demand of a task or more, the highest of the window; its value is how many."""
    return Alarm(
        _NO_FAULT + "The value is the number of tasks needed, as the running tasks publish it.",
        {"demand": worker(DEMAND, "Maximum", queue_name)},
        threshold=1,
        period_seconds=FAST_PERIOD_SECONDS,
    )


def published_quiet_alarm(queue_name: pulumi.Input[str]) -> Alarm:
    """In alarm while tasks publish that nothing has waited or been in flight for the whole window."""
    return Alarm(
        _NO_FAULT + "No message has waited or been in flight for the whole window, as the running tasks publish it.",
        {"demand": worker(DEMAND, "Maximum", queue_name)},
        threshold=0,
        is_at_least=False,
        period_seconds=FAST_PERIOD_SECONDS,
    )


def silent_alarm(demand: Demand, queue_names: Sequence[pulumi.Input[str]]) -> Alarm:
    """In alarm while messages ask for a task and no task publishes; its value is how many.

    At 0 tasks, and where publishing fails. While tasks publish it never acts: SQS's metrics are minutes late, and
    would take back what the published ones gave.
    """
    return Alarm(
        _NO_FAULT + "The value is the number of tasks that messages need while no task publishes it.",
        {
            **_queue_metrics(queue_names, in_flight_statistic="Average"),
            "c": worker(DEMAND, "SampleCount", queue_names[0]),
        },
        threshold=1,
        expression=demand.silent_expression(),
        period_seconds=_MINUTE,
    )


def unmet_demand_alarm(queue_name: pulumi.Input[str]) -> Alarm:
    """In alarm when tasks publish a demand above the service's desired count; its value is the demand.

    They say so in every other period only: an alarm acts when it turns, and once a minute while it stays.
    """
    return Alarm(
        _NO_FAULT + "The value is the number of tasks needed, where it is above the desired count.",
        {"unmet_demand": worker(UNMET_DEMAND, "Maximum", queue_name)},
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
