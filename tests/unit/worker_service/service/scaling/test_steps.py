"""The steps that turn a demand into tasks."""

import math
from itertools import pairwise

import pytest

from worker_service.service.scaling.scaling_schedule import MAX_TASKS
from worker_service.service.scaling.steps import MAX_STEPS, Step, steps

ALERTING_TASKS = 1

"""Demand at which the alarm goes off; steps are relative to it."""


def tasks_for(demand_tasks: int, max_count: int) -> int:
    """Tasks that Application Auto Scaling sets for a demand, by its rule: lower bound inclusive."""
    above = demand_tasks - ALERTING_TASKS
    [step] = [s for s in steps(max_count) if s.lower <= above and (s.upper is None or above < s.upper)]
    return step.tasks


def test_the_steps_of_a_fleet_of_twenty():
    assert steps(20) == [
        Step(0, 1, 1),
        Step(1, 2, 2),
        Step(2, 3, 3),
        Step(3, 4, 4),
        Step(4, 5, 5),
        Step(5, 7, 7),
        Step(7, 9, 9),
        Step(9, 12, 12),
        Step(12, 15, 15),
        Step(15, 19, 19),
        Step(19, None, 20),
    ]


def test_a_single_task_has_a_single_step():
    assert steps(1) == [Step(0, None, 1)]


def test_steps_of_every_fleet_size_cover_every_demand_once_rise_and_end_at_the_maximum():
    for max_count in range(1, MAX_TASKS + 1):
        ladder = steps(max_count)

        assert 1 <= len(ladder) <= MAX_STEPS, max_count
        assert ladder[0].lower == 0, max_count
        assert ladder[-1].upper is None, max_count
        assert ladder[-1].tasks == max_count, max_count
        for below, above in pairwise(ladder):
            assert below.upper == above.lower, max_count
            assert below.lower < above.lower, max_count
            assert below.tasks < above.tasks, max_count


@pytest.mark.parametrize("max_count", [1, 7, 20, 100, 185, 186, 5_000])
def test_a_step_gives_at_least_the_tasks_asked_for_up_to_the_maximum(max_count: int):
    for asked in [*range(1, 40), 99, 100, 101, 1_000, 4_999, 5_000, 1_000_000]:
        assert min(asked, max_count) <= tasks_for(asked, max_count) <= max_count


def test_up_to_185_tasks_a_step_gives_at_most_a_quarter_more_than_asked_for():
    for max_count in range(1, 186):
        for asked in range(5, max_count + 1):
            assert tasks_for(asked, max_count) <= math.ceil(asked * 1.25)
