"""What docs/scaling.md promises holds over ten seeds, so that no change of an expression slips through.

Figures are of the simulator: messages of two seconds, four at a time, 1 to 20 tasks.
"""

import math
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import pytest

from tests.support.simulated import HANDLING, load, service
from worker_simulate.definition.service_definition import StepAdjustment, Wake
from worker_simulate.loads.load import Load
from worker_simulate.result import Result
from worker_simulate.simulation import simulate
from worker_simulate.work.work import Handling

SEEDS = range(1, 11)
FROM_ZERO: dict[str, Any] = {"min_count": 0, "desired_count": 0}
#: A single message in the second hour.
ONE = Load("one", "one message", np.eye(1, 7_200, 3_600)[0], is_random=False, at_once_seconds=3_600)


def results(name: str, handling: Handling = HANDLING, **config: Any) -> list[Result]:
    return [simulate(service(**config), load(name), handling, seed) for seed in SEEDS]


def drained(found: list[Result]) -> list[float]:
    return [result.drained or float("inf") for result in found]


def test_a_spike_is_drained_as_soon_as_metrics_of_a_minute_allow():
    found = drained(results("spike"))

    assert median(found) <= 480
    assert max(found) <= 540


def test_no_expression_could_drain_it_sooner():
    """All tasks at the first word of a message would not be sooner: the rest is CloudWatch's minute, and the work."""
    found = service()
    [demand] = [policy for policy in found.step_policies if policy.adjustment_type == "ExactCapacity"]
    all_at_once = replace(demand, steps=(StepAdjustment(0, None, 20),))
    eager = replace(found, step_policies=(all_at_once, *(one for one in found.step_policies if one is not demand)))

    assert drained(results("spike")) == drained([simulate(eager, load("spike"), HANDLING, seed) for seed in SEEDS])


def test_with_fast_scaling_a_spike_is_drained_within_320_seconds_and_nothing_is_taken_back():
    found = results("spike", fast_scaling=True)

    assert median(drained(found)) <= 315
    # The unlucky one: alarms are evaluated each ten seconds, at moments of their own.
    assert max(drained(found)) <= 330
    assert [result.cuts for result in found] == [0] * 10
    assert max(result.peak_tasks for result in found) == 20


@pytest.mark.slow
def test_from_zero_with_fast_scaling_the_metrics_of_sqs_wake_it_and_it_goes_on_by_itself():
    found = results("cold", fast_scaling=True, min_count=0, desired_count=0)

    assert max(drained(found)) <= 560
    assert [result.cuts for result in found] == [0] * 10


@pytest.mark.parametrize("fast_scaling", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_with_fast_wake_the_first_task_comes_within_a_minute_and_nothing_is_taken_back(fast_scaling: bool):
    found = results("cold", **FROM_ZERO, fast_wake=True, fast_scaling=fast_scaling)

    assert median(result.first_task or math.inf for result in found) <= 50
    assert max(result.first_task or math.inf for result in found) <= 65
    assert [result.cuts for result in found] == [0] * 10


@pytest.mark.parametrize("fast_scaling", [False, True])
@pytest.mark.parametrize("seconds", [1, 60, 300])
def test_with_fast_wake_the_task_stays_until_its_one_message_is_handled(fast_scaling: bool, seconds: float):
    found = service(**FROM_ZERO, fast_wake=True, fast_scaling=fast_scaling)
    runs = [simulate(found, ONE, Handling(seconds, 0), seed) for seed in SEEDS]

    assert {(result.handled, result.interrupted) for result in runs} == {(1, 0)}
    assert max(result.longest for result in runs) <= 65 + seconds


def test_without_a_minimum_that_is_held_the_task_would_be_taken_back():
    """SQS's metrics still say that nothing waits: for work longer than the stop timeout that is an interruption."""
    found = service(**FROM_ZERO, fast_wake=True)
    let_go = replace(found, wake=Wake(min_count=1, hold_seconds=1))

    assert any(simulate(let_go, ONE, Handling(300, 0), seed).interrupted for seed in SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "p95_seconds", "task_hours", "cuts"),
    [
        ({}, 5, 18, 1),
        # A shorter window is lower more often, and SQS's metrics tell of a queue two minutes after it was there.
        ({"scaling": "bursty"}, 8, 18, 2),
        ({"scaling": "batch"}, 6, 17, 1),
        ({"fast_scaling": True}, 4.5, 23, 0),
        ({"min_count": 0, "desired_count": 0}, 5, 18, 1),
    ],
)
def test_a_steady_load_has_an_empty_queue(config: dict[str, Any], p95_seconds: float, task_hours: float, cuts: int):
    found = results("steady", **config)

    assert max(result.p95 for result in found) <= p95_seconds
    assert max(result.task_hours for result in found) <= task_hours
    assert max(result.cuts for result in found) <= cuts


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "typical_seconds", "most_seconds"),
    [({}, 240, 280), ({"scaling": "bursty"}, 240, 280), ({"fast_scaling": True}, 88, 92)],
)
def test_bursts_wait_for_the_metrics_and_for_tasks(config: dict[str, Any], typical_seconds: float, most_seconds: float):
    p95 = [result.p95 for result in results("bursty", **config)]

    assert median(p95) <= typical_seconds
    assert max(p95) <= most_seconds


@pytest.mark.slow
def test_with_fast_scaling_nothing_is_taken_back_from_bursts():
    assert [result.cuts for result in results("bursty", fast_scaling=True)] == [0] * 10


@pytest.mark.slow
def test_what_waits_for_a_later_try_costs_tasks_unless_it_is_left_out():
    retrying = Handling(seconds=2, retry_share=0.01, retry_seconds=600)
    none = median(result.task_hours for result in results("steady"))
    counted = median(result.task_hours for result in results("steady", retrying))
    left_out = results("steady", retrying, ignore_delayed_retries=True)

    assert counted > 2 * none
    assert median(result.task_hours for result in left_out) < 1.5 * none


@pytest.mark.slow
def test_processes_that_scaling_is_told_of_need_no_more_tasks():
    one = service(concurrency=4)
    four = service(concurrency=1, processes=4)

    assert {alarm.expression for alarm in one.alarms} == {alarm.expression for alarm in four.alarms}
    assert one.task.slots == four.task.slots


@pytest.mark.slow
def test_four_groups_get_a_few_tasks_where_they_are_counted_and_all_of_them_where_not():
    of_four_groups = Handling(seconds=2, groups=4)
    fifo = {"high_throughput": True}
    without = results("spike", of_four_groups, fifo=fifo)
    limited = results("spike", of_four_groups, fifo=fifo, limit_to_groups=True)

    assert {result.peak_tasks for result in without} == {20}
    assert max(result.peak_tasks for result in limited) <= 7
