"""A run as a whole: repeatable, complete, and true to what is said of it."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from tests.support.simulated import HANDLING, load, service
from worker_simulate.cloud.assumptions import Assumptions
from worker_simulate.loads.load import Load
from worker_simulate.loads.usual_loads import spike
from worker_simulate.simulation import simulate
from worker_simulate.work.work import Handling


def test_the_same_seed_gives_the_same_result_and_another_one_another():
    first, again, other = (simulate(service(), load("bursty"), HANDLING, seed) for seed in (1, 1, 2))

    assert first == again
    assert first != other


@pytest.mark.parametrize("config", [{}, {"fast_scaling": True}, {"scaling": "proton"}])
@pytest.mark.parametrize("name", ["steady", "spike", "bursty"])
def test_every_message_is_handled_or_left_over(config: dict[str, object], name: str):
    result = simulate(service(**config), load(name), HANDLING, 1)

    assert result.messages > 0
    assert result.handled + result.left_over == result.messages
    assert min(result.course.waiting) >= 0
    assert max(result.course.running) <= 20


def test_it_costs_what_the_tasks_ran():
    result = simulate(service(), load("idle"), HANDLING, 1)

    assert result.task_hours == pytest.approx(24, abs=0.1)
    # A quarter of a vCPU and half a GB; four metrics of alarms; a poll each 20 seconds.
    assert result.usd == pytest.approx(24 * 0.0123425 + 24 * 4 * 0.10 / 730 + 24 * 180 * 0.4e-6, rel=0.01)


def test_work_of_half_an_hour_is_interrupted_unless_it_is_protected():
    half_hours = np.zeros(8 * 3_600)
    for begins in range(0, 6 * 3_600, 1_800):
        half_hours[begins : begins + 600] = 0.015
    work = Load("long", "30-minute jobs", half_hours)
    told = {"message_processing_seconds": 1_800, "acceptable_latency_seconds": 3_600, "concurrency": 1}
    protected = service(**told)
    unprotected = replace(protected, task=replace(protected.task, scale_in_protection=False))
    by_itself = simulate(protected, work, Handling(1_800), 1)
    bare = simulate(unprotected, work, Handling(1_800), 1)

    assert bare.interrupted > 0
    assert by_itself.interrupted == 0


def test_a_queue_that_slept_for_six_hours_reports_late():
    silent = np.zeros(8 * 3_600)
    silent[7 * 3_600] = 100
    cold = Load("cold", "after seven hours", silent, is_random=False, at_once_seconds=7 * 3_600)
    # Without the schedule that keeps its metrics awake.
    sleeping = replace(service(min_count=0, desired_count=0), scheduled_actions=())
    awake = service(min_count=0, desired_count=0)
    late = Assumptions(queue_wakes=(900, 900))

    slept = simulate(sleeping, cold, HANDLING, 1, late).first_action
    kept = simulate(awake, cold, HANDLING, 1, late).first_action
    assert slept is not None
    assert kept is not None
    assert slept > 900 > 300 > kept


def test_more_seconds_of_delay_are_more_seconds_of_latency():
    quick, slow = (
        simulate(service(), spike(10_000), HANDLING, 1, Assumptions(queue_metric_delay=delay)).drained
        for delay in ((15, 45), (120, 180))
    )

    assert quick is not None
    assert slow is not None
    assert slow - quick > 60


@pytest.mark.slow
def test_the_memory_of_a_month_is_that_of_a_day():
    def peak_bytes(days: int) -> int:
        tracemalloc.start()
        simulate(service(), Load("long", "days", np.full(days * 86_400, 0.1)), HANDLING, 1)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    # What is expected of each second, and a line for each minute of the plot, is all that grows.
    assert peak_bytes(3) - peak_bytes(1) < 2 * 86_400 * 60
