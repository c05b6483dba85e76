"""AWS Proton's own scaling of its worker template, for a move that changes nothing: as it was, faults included.

It adds one task when 100 messages wait and five when 500 do, and takes one away when none waits, even while some are
being handled. Its default cooldown is ECS's: 300 seconds.
"""

from dataclasses import dataclass
from typing import Any

import pulumi

from worker_service.service.metrics.alarm import Alarm
from worker_service.service.metrics.metric import sqs

_PERIOD_SECONDS = 300


@dataclass(frozen=True)
class ProtonPolicy:
    """A step policy of the template and the alarm that starts it; `name` is the suffix of both."""

    name: str
    alarm: Alarm
    step_adjustments: list[dict[str, Any]]


def proton_policies(queue_name: pulumi.Input[str]) -> list[ProtonPolicy]:
    """The template's two step policies."""
    visible = {"visible": sqs("ApproximateNumberOfMessagesVisible", "Maximum", queue_name)}
    return [
        ProtonPolicy(
            "lower",
            Alarm("Lower threshold scaling alarm", visible, 0, is_at_least=False, period_seconds=_PERIOD_SECONDS),
            [{"metric_interval_upper_bound": "0", "scaling_adjustment": -1}],
        ),
        ProtonPolicy(
            "upper",
            Alarm("Upper threshold scaling alarm", visible, 100, period_seconds=_PERIOD_SECONDS),
            [
                {
                    "metric_interval_lower_bound": "0",
                    "metric_interval_upper_bound": "400",
                    "scaling_adjustment": 1,
                },
                {"metric_interval_lower_bound": "400", "scaling_adjustment": 5},
            ],
        ),
    ]
