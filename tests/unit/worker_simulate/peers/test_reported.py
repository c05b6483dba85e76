"""Peers do here what AWS measured of them, or their users report: the table in docs/simulate.md has the same rows."""

from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from tests.support.simulated import HANDLING, load, service
from worker_simulate.cloud.assumptions import Assumptions
from worker_simulate.definition.service_definition import (
    MetricKey,
    MetricQuery,
    ServiceDefinition,
    TargetTrackingPolicy,
)
from worker_simulate.loads.load import Load
from worker_simulate.peers.policies import Work, cdk, copilot, keda
from worker_simulate.result import Result
from worker_simulate.simulation import simulate
from worker_simulate.work.work import Handling

SEEDS = range(1, 11)
WORK = Work(message_seconds=2, acceptable_latency_seconds=60)
FROM_ZERO = {"min_count": 0, "desired_count": 0}


def at_once(messages: int, hours: int = 2) -> Load:
    expected = np.zeros(3_600 * hours)
    expected[600] = messages
    return Load("at once", f"{messages} messages", expected, is_random=False, at_once_seconds=600)


def results(found: ServiceDefinition, work: Load, handling: Handling = HANDLING) -> list[Result]:
    return [simulate(found, work, handling, seed) for seed in SEEDS]


def test_target_tracking_on_cpu_scales_out_six_minutes_after_the_load():
    """AWS: 363 seconds to trigger, 386 with a new task. https://github.com/aws/containers-roadmap/issues/2113"""
    cpu = MetricQuery(MetricKey("AWS/ECS", "CPUUtilization"), "Average", 60)
    tracked = replace(service(), alarms=(), step_policies=(), target_tracking=(TargetTrackingPolicy("cpu", cpu, 50),))
    expected = np.zeros(3_600)
    expected[600:] = 1.9
    stepped = Load("step", "busy from ten minutes on", expected, is_random=False, at_once_seconds=600)
    computing = Assumptions(cpu_busy_percent=100)

    triggered = [simulate(tracked, stepped, HANDLING, seed, computing).first_action or 0 for seed in SEEDS]

    assert 330 <= median(triggered) <= 395


def test_copilot_never_starts_a_task_for_one_message():
    """https://github.com/aws/copilot-cli/issues/3376"""
    found = copilot(service(**FROM_ZERO), WORK)

    assert {result.left_over for result in results(found, at_once(1))} == {1}
    assert {result.left_over for result in results(service(**FROM_ZERO), at_once(1))} == {0}


def test_copilot_adds_tasks_after_three_minutes_and_takes_them_after_fifteen():
    """https://github.com/aws/copilot-cli/issues/3376"""
    for result in results(copilot(service(**FROM_ZERO), WORK), at_once(200)):
        course = result.course
        emptied = next(i for i, tasks in enumerate(course.running) if tasks and not course.waiting[i])
        taken = next(i for i in range(emptied, len(course.wanted)) if course.wanted[i] < course.wanted[i - 1])

        assert 180 <= (result.first_action or 0) <= 300
        assert 14 <= course.minutes[taken] - course.minutes[emptied] <= 18


def test_cdk_takes_tasks_that_work_on_the_last_messages():
    """https://github.com/aws/aws-cdk/issues/9242"""
    told = {"message_processing_seconds": 1_800, "acceptable_latency_seconds": 3_600, "concurrency": 1}
    own = service(**told, min_count=0, desired_count=20)
    bare = cdk(own, Work(1_800, 3_600))
    bare = replace(bare, task=replace(bare.task, scale_in_protection=False))

    assert all(result.interrupted > 0 for result in results(bare, at_once(10), Handling(1_800, 0)))
    assert {result.interrupted for result in results(own, at_once(10), Handling(1_800, 0))} == {0}


@pytest.mark.slow
def test_a_cpu_policy_beside_the_queues_steps_adds_and_takes_all_the_time():
    """https://github.com/aws/aws-cdk/issues/20706"""
    with_cpu = results(service(scaling="proton"), load("steady"))
    without = results(cdk(service(), WORK), load("steady"))

    assert min(result.reversals for result in with_cpu) > 5 * max(result.reversals for result in without)
    assert median(result.p95 for result in with_cpu) > 10 * median(result.p95 for result in without)


def test_keda_acts_within_its_poll_and_counts_what_is_in_flight():
    """Since https://github.com/kedacore/keda/issues/1663 what is handled counts, too."""
    found = keda(service(**FROM_ZERO), WORK)
    bare = replace(found, task=replace(found.task, scale_in_protection=False, concurrency=1))

    assert max(result.first_action or 0 for result in results(found, at_once(1_000))) <= 35
    assert {result.interrupted for result in results(bare, at_once(1), Handling(900, 0))} == {0}
