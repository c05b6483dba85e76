"""What the components generate, as the simulator reads it."""

import pytest

from tests.support.simulated import ROOT, service
from worker_simulate.definition.service_definition import MetricKey, MetricQuery, StepAdjustment
from worker_simulate.errors import SimulateError
from worker_simulate.stack import Stack


def test_the_policy_is_read_from_what_the_program_registers():
    found = service(cpu=512, memory=1024, architecture="ARM64", scale_in_protection=True)
    queue = (("QueueName", found.queue_name),)
    alarms = {alarm.name: alarm for alarm in found.alarms}
    policies = {policy.name: policy for policy in found.step_policies}
    demand = alarms["worker-scaling-demand"]

    assert (found.name, found.min_count, found.max_count, found.desired_count) == ("worker", 1, 20, 1)
    assert (found.task.vcpu, found.task.memory_gb, found.task.arm, found.task.slots) == (0.5, 1, True, 4)
    assert (found.task.scale_in_protection, found.task.stop_timeout_seconds) == (True, 120)
    assert sorted(alarms) == ["worker-scaling-demand", "worker-scaling-quiet"]
    assert demand.expression == "CEIL(v0 * 0.008333333333 + n0 * 0.3125)"
    assert demand.queries["n0"] == MetricQuery(
        MetricKey("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", queue), "Average", 600
    )
    assert (demand.threshold, demand.comparison, demand.missing_data) == (1, "GreaterThanOrEqualToThreshold", "missing")
    assert policies[demand.policy].adjustment_type == "ExactCapacity"
    assert policies[demand.policy].steps[0] == StepAdjustment(0, 1, 1)
    assert policies[demand.policy].steps[-1] == StepAdjustment(19, None, 20)
    assert policies["worker-quiet-policy"].least_change == 1


def test_what_tasks_publish_is_read_from_their_environment():
    task = service(fast_scaling=True, processes=2).task

    assert (task.concurrency, task.processes, task.slots) == (4, 2, 8)
    assert (task.demand_per_visible, task.demand_per_in_flight) == (0.004166666666, 0.15625)
    assert task.demand_window_seconds == 600


def test_a_batch_handler_works_on_many_messages_at_a_time():
    found = service(batch_size=10)

    assert found.task.slots == 40
    assert found.alarms[0].expression == "CEIL(v0 * 0.0008333333333 + n0 * 0.03125)"


def test_schedules_and_target_tracking_are_read():
    night = {"schedule": "cron(0 20 ? * MON-FRI *)", "timezone": "Europe/Berlin", "min_count": 0, "max_count": 2}
    found = service(scaling="proton", schedules={"night": night})
    [action], [tracking] = found.scheduled_actions, found.target_tracking

    assert (action.schedule, action.timezone) == (night["schedule"], night["timezone"])
    assert (action.min_count, action.max_count) == (0, 2)
    assert (tracking.query.key.name, tracking.target, tracking.scales_in) == ("CPUUtilization", 50, True)
    assert [policy.cooldown_seconds for policy in found.step_policies] == [300, 300]


def test_a_program_says_itself_what_is_wrong_with_its_config():
    with pytest.raises(SimulateError) as refused:
        service(max_count=0, concurrency=0)

    assert sorted(line.strip() for line in refused.value.problems[1:]) == [
        "concurrency: 0 is not a whole number from 1 to 1000",
        "max_count: 0 is not a whole number from 1 to 5000",
    ]


def test_a_service_that_is_not_there_is_said():
    with pytest.raises(SimulateError, match="--service: 'orders' is not one of worker"):
        Stack.read(ROOT, "dev", "orders").service()
