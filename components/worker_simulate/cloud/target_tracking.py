"""The alarms that target tracking makes for itself, and what it asks for.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

from __future__ import annotations

import math

from worker_simulate.definition.service_definition import AlarmDefinition, TargetTrackingPolicy

#: Minutes over the target before tasks are added, and under it before they are taken away.
#: https://github.com/aws/containers-roadmap/issues/1208
HIGH_PERIODS = 3
LOW_PERIODS = 15
#: It scales in only when the metric is a tenth below the target.
LOW_SHARE = 0.9


def managed_alarms(policy: TargetTrackingPolicy) -> list[AlarmDefinition]:
    """One that scales out and, unless the policy does not, one that scales in."""
    high = _alarm(policy, "high", policy.target, "GreaterThanThreshold", HIGH_PERIODS)
    low = _alarm(policy, "low", policy.target * LOW_SHARE, "LessThanThreshold", LOW_PERIODS)
    return [high, low] if policy.scales_in else [high]


def tracked(policy: TargetTrackingPolicy, capacity: int, value: float) -> int:
    """The capacity at which the metric would meet its target. From 0 tasks it is one, if the metric is above it.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
    """
    if capacity == 0:
        return int(value > policy.target)
    return math.ceil(round(capacity * value / policy.target, 9))


def _alarm(
    policy: TargetTrackingPolicy, suffix: str, threshold: float, comparison: str, periods: int
) -> AlarmDefinition:
    return AlarmDefinition(
        name=f"{policy.name}-{suffix}",
        policy=policy.name,
        queries={"value": policy.query},
        expression=None,
        threshold=threshold,
        comparison=comparison,
        evaluation_periods=periods,
        datapoints_to_alarm=periods,
    )
