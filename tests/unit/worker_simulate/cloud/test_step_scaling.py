"""Step scaling does what AWS's own examples say.

https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
"""

import pytest

from worker_simulate.cloud.scalable_target import ScalableTarget
from worker_simulate.cloud.step_scaling import stepped
from worker_simulate.definition.service_definition import StepAdjustment, StepPolicy

#: The guide's example: kept between 40 and 60 around a threshold of 50.
OUT = StepPolicy(
    "out",
    "PercentChangeInCapacity",
    (StepAdjustment(0, 10, 0), StepAdjustment(10, 20, 10), StepAdjustment(20, None, 30)),
    cooldown_seconds=0,
)
IN = StepPolicy(
    "in",
    "PercentChangeInCapacity",
    (StepAdjustment(-10, 0, 0), StepAdjustment(-20, -10, -10), StepAdjustment(None, -20, -30)),
    cooldown_seconds=0,
)


def test_the_guides_example_of_step_adjustments():
    target = ScalableTarget(0, 100, 10)
    seen = []
    for policy, metric in ((OUT, 59), (OUT, 60), (OUT, 70), (IN, 41), (IN, 40), (IN, 30)):
        target.step(policy, metric - 50, target.desired, now=0)
        seen.append(target.desired)

    assert seen == [10, 11, 14, 14, 13, 10]


@pytest.mark.parametrize(
    ("capacity", "percent", "expected"),
    # "Values greater than 1 are rounded down, between 0 and 1 to 1, between 0 and -1 to -1, less than -1 up."
    [(127, 10, 139), (4, 10, 5), (4, -10, 3), (6, -100, 0), (20, -33, 14), (1, -50, 0)],
)
def test_percentages_are_rounded_as_documented(capacity: int, percent: int, expected: int):
    policy = StepPolicy("p", "PercentChangeInCapacity", (StepAdjustment(None, None, percent),))

    assert stepped(policy, capacity, 1) == expected


def test_the_guides_example_of_a_least_change():
    policy = StepPolicy("p", "PercentChangeInCapacity", (StepAdjustment(0, None, 25),), least_change=2)

    assert stepped(policy, 4, 0) == 6


def test_the_guides_examples_of_exact_and_changed_capacity():
    step = (StepAdjustment(0, None, 5),)

    assert stepped(StepPolicy("p", "ChangeInCapacity", step), 3, 0) == 8
    assert stepped(StepPolicy("p", "ExactCapacity", step), 3, 0) == 5


@pytest.mark.parametrize(("breach", "expected"), [(0, 1), (399, 1), (400, 5), (-1, None)])
def test_above_the_threshold_the_lower_bound_is_inclusive(breach: float, expected: int | None):
    policy = StepPolicy("p", "ChangeInCapacity", (StepAdjustment(0, 400, 1), StepAdjustment(400, None, 5)))

    assert stepped(policy, 0, breach) == expected


@pytest.mark.parametrize(("breach", "expected"), [(0, 9), (-9, 9), (-10, 7), (0.1, None)])
def test_below_it_the_upper_bound_is(breach: float, expected: int | None):
    policy = StepPolicy("p", "ChangeInCapacity", (StepAdjustment(-10, 0, -1), StepAdjustment(None, -10, -3)))

    assert stepped(policy, 10, breach) == expected


ADD = StepPolicy("add", "ChangeInCapacity", (StepAdjustment(0, 10, 2), StepAdjustment(10, None, 3)), 300)
TAKE = StepPolicy("take", "ChangeInCapacity", (StepAdjustment(None, 0, -1),), 300)


def test_in_a_scale_out_cooldown_only_a_larger_step_adds_the_difference():
    target = ScalableTarget(0, 100, 10)
    seen = []
    for now, breach, running in ((0, 0, 10), (60, 0, 12), (120, 10, 12), (500, 0, 13)):
        target.step(ADD, breach, running, now)
        seen.append(target.desired)

    assert seen == [12, 12, 13, 15]


def test_the_largest_of_several_policies_counts():
    """AWS's example: 3 more and 200 percent more of 10 are 30, in whatever order.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html
    """
    three = StepPolicy("three", "ChangeInCapacity", (StepAdjustment(0, None, 3),))
    double = StepPolicy("double", "PercentChangeInCapacity", (StepAdjustment(0, None, 200),))
    for order in ((three, double), (double, three)):
        target = ScalableTarget(0, 100, 10)
        for policy in order:
            target.step(policy, 0, running=10, now=0)
        assert target.desired == 30


def test_a_scale_in_waits_for_its_cooldown_and_a_scale_out_ends_it():
    target = ScalableTarget(0, 100, 10)
    seen = []
    for now, policy in ((0, TAKE), (100, TAKE), (200, ADD), (210, TAKE)):
        target.step(policy, 0, target.desired, now)
        seen.append(target.desired)

    assert seen == [9, 9, 11, 10]


def test_bounds_hold_and_a_schedule_moves_them_at_once():
    target = ScalableTarget(1, 4, 2)
    target.step(ADD, 10, 2, 0)
    assert target.desired == 4

    target.bound(6, 8, 10, "morning")
    assert target.desired == 6
    target.bound(0, 0, 20, "night")
    assert target.desired == 0
    assert [(one.before, one.after, one.cause) for one in target.activities] == [
        (2, 4, "add"),
        (4, 6, "morning"),
        (6, 0, "night"),
    ]
