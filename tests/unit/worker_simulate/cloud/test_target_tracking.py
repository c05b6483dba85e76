"""Target tracking, as far as AWS documents it.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

import pytest

from worker_simulate.cloud.alarm import Alarm
from worker_simulate.cloud.metric_store import MetricStore
from worker_simulate.cloud.scalable_target import ScalableTarget
from worker_simulate.cloud.target_tracking import managed_alarms, tracked
from worker_simulate.definition.service_definition import MetricKey, MetricQuery, TargetTrackingPolicy

CPU = MetricQuery(MetricKey("AWS/ECS", "CPUUtilization"), "Average", 60)
FIFTY = TargetTrackingPolicy("cpu", CPU, 50)


@pytest.mark.parametrize(
    ("capacity", "value", "expected"),
    # In proportion, rounded up; from no task by the least that is possible, and only above the target.
    [(10, 60, 12), (10, 50, 10), (10, 51, 11), (10, 25, 5), (3, 40, 3), (0, 400, 1), (0, 50, 0), (1, 1, 1), (1, 0, 0)],
)
def test_capacity_goes_to_where_the_metric_meets_its_target(capacity: int, value: float, expected: int):
    assert tracked(FIFTY, capacity, value) == expected


def acts_after(values: list[float], which: int) -> int | None:
    """The minute after which the alarm (0: high, 1: low) acts."""
    store = MetricStore()
    alarm = Alarm(managed_alarms(FIFTY)[which])
    for minute, value in enumerate(values):
        store.put(CPU.key, 60 * minute, value, 0)
        if alarm.evaluate(60 * (minute + 1), store) is not None:
            return minute + 1
    return None


def test_it_scales_out_after_three_minutes_above_the_target():
    assert acts_after([40, 60, 60, 60, 60], 0) == 4
    assert acts_after([60, 60, 40, 60, 60], 0) is None


def test_it_scales_in_after_fifteen_minutes_a_tenth_below_it():
    assert acts_after([44.9] * 20, 1) == 15
    assert acts_after([45.1] * 20, 1) is None


def test_a_policy_may_never_scale_in():
    never = TargetTrackingPolicy("cpu", CPU, 50, scales_in=False)
    target = ScalableTarget(1, 20, 10)
    target.track(never, 10, 10, 0)

    assert len(managed_alarms(never)) == 1
    assert target.desired == 10


def test_a_cooldown_counts_what_was_added():
    target = ScalableTarget(1, 20, 10)
    seen = []
    for now, value, running in ((0, 60, 10), (60, 60, 10), (120, 75, 12)):
        target.track(FIFTY, value, running, now)
        seen.append(target.desired)

    assert seen == [12, 12, 15]
