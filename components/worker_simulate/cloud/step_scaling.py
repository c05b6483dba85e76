"""What a step scaling policy makes of a breach.

https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
"""

from __future__ import annotations

import math

from worker_simulate.definition.service_definition import StepAdjustment, StepPolicy


def stepped(policy: StepPolicy, capacity: int, breach: float) -> int | None:
    """The capacity that the policy asks for, before bounds and cooldowns; None where no step holds."""
    step = next((step for step in policy.steps if _holds(step, breach)), None)
    if step is None:
        return None
    if policy.adjustment_type == "ExactCapacity":
        return step.adjustment
    if policy.adjustment_type == "ChangeInCapacity":
        return capacity + step.adjustment
    change = _rounded(capacity * step.adjustment / 100)
    if change and abs(change) < policy.least_change:
        change = int(math.copysign(policy.least_change, change))
    return capacity + change


def _holds(step: StepAdjustment, breach: float) -> bool:
    """Above the threshold the lower bound is inclusive, below it the upper one is."""
    lower = -math.inf if step.lower is None else step.lower
    upper = math.inf if step.upper is None else step.upper
    return lower < breach <= upper if upper <= 0 else lower <= breach < upper


def _rounded(change: float) -> int:
    """Towards 0, but a change of less than a task is one task."""
    if 0 < abs(change) < 1:
        return int(math.copysign(1, change))
    return math.trunc(change)
