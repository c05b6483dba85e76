"""Predictive scaling: AWS learns the load of each hour from up to two weeks, and raises the minimum before it comes.

It never lowers: that is left to the policies that follow the messages.
https://docs.aws.amazon.com/autoscaling/application/userguide/aas-predictive-scaling-how-it-works.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from worker_service.service.choices import PredictiveScaling
from worker_service.service.metrics.metric import Metric, sqs
from worker_service.service.metrics.worker_metrics import IN_FLIGHT, worker

_MODES = {
    PredictiveScaling.FORECAST_ONLY: "ForecastOnly",
    PredictiveScaling.FORECAST_AND_SCALE: "ForecastAndScale",
}


@dataclass(frozen=True)
class Prediction:
    """What is forecast, and what a process should be given of it."""

    mode: PredictiveScaling
    seconds_of_message: Mapping[str, float]
    """By queue, the main one first: what makes one load of several queues' messages."""
    held_per_process: float
    """Messages that a process holds when as many of its slots are busy as should be."""


def predictive_configuration(prediction: Prediction, queue_names: Sequence[pulumi.Input[str]]) -> dict[str, Any]:
    """As an Application Auto Scaling policy takes it.

    The load is the work that was sent, which is the same with any number of tasks; what a process holds is the
    utilization, which halves when there are twice as many.
    """
    sent = {f"s{index}": sqs("NumberOfMessagesSent", "Sum", name) for index, name in enumerate(queue_names)}
    # Each process writes its own value each minute, so the average is a process's.
    held = {f"h{index}": worker(IN_FLIGHT, "Average", name) for index, name in enumerate(queue_names)}
    work = [f"{id_} * {seconds:f}" for id_, seconds in zip(sent, prediction.seconds_of_message.values(), strict=True)]
    return {
        "mode": _MODES[prediction.mode],
        "metric_specifications": [
            {
                "target_value": f"{prediction.held_per_process:g}",
                "customized_load_metric_specification": _specification(sent, " + ".join(work)),
                "customized_scaling_metric_specification": _specification(held, f"SUM([{', '.join(held)}])"),
            }
        ],
    }


def _specification(metrics: Mapping[str, Metric], expression: str) -> dict[str, Any]:
    queries: list[dict[str, Any]] = [
        {
            "id": id_,
            "return_data": False,
            "metric_stat": {
                "metric": {
                    "namespace": metric.namespace,
                    "metric_name": metric.name,
                    "dimensions": [{"name": name, "value": value} for name, value in metric.dimensions.items()],
                },
                "stat": metric.statistic,
            },
        }
        for id_, metric in metrics.items()
    ]
    return {"metric_data_queries": [*queries, {"id": "value", "return_data": True, "expression": expression}]}
