"""The box scales on the alarms and policies that the emulator has, at the box's clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.scaling.box_clock import BoxClock
from local.scaling.box_metrics import BoxMetrics
from local.scaling.box_scaling import BoxScaling
from local.service import Service

REGION = "eu-west-1"
SCALABLE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/orders/orders",
    "ScalableDimension": "ecs:service:DesiredCount",
}
OUT: list[dict[str, Any]] = [
    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 2},
    {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 4},
]
IN = [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -50}]


class Stack:
    """An ECS service that scales on its queue, in an emulator, and a clock that stands until it is moved."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.aws = Aws(emulator.endpoint_url, REGION, ADMIN_CREDENTIALS)
        self.said: list[str] = []
        self._seconds = 0.0
        sqs, ecs = self.aws.client("sqs"), self.aws.client("ecs")
        self.dead_letter_url = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
        self.url = sqs.create_queue(QueueName="orders")["QueueUrl"]
        ecs.create_cluster(clusterName="orders")
        ecs.register_task_definition(
            family="orders", containerDefinitions=[{"name": "worker", "image": "orders:1", "memory": 512}]
        )
        ecs.create_service(cluster="orders", serviceName="orders", taskDefinition="orders", desiredCount=1)
        self.cluster_arn = ecs.describe_clusters(clusters=["orders"])["clusters"][0]["clusterArn"]
        self.scaling_client = self.aws.client("application-autoscaling")
        self.scaling_client.register_scalable_target(**SCALABLE, MinCapacity=1, MaxCapacity=4)
        self._alarm("demand", "GreaterThanOrEqualToThreshold", self._policy("out", "ExactCapacity", OUT))
        self._alarm("quiet", "LessThanOrEqualToThreshold", self._policy("in", "PercentChangeInCapacity", IN))
        service = Service(
            "orders", self.cluster_arn, "orders", "topic", self.url, "arn", self.dead_letter_url, "dead arn"
        )
        self.metrics = BoxMetrics()
        clock = BoxClock(60, lambda: self._seconds)
        self.scaling = BoxScaling(self.aws, [service], self.metrics, clock, self.said.append, lambda *_: None)

    def pass_minutes(self, minutes: int) -> None:
        """At 60 times the speed a minute takes a second; all tasks that are wanted run."""
        for _ in range(minutes):
            self._seconds += 1
            self.scaling.look()
            self.emulator.tell_running(self.cluster_arn, "orders", self.desired)

    def send(self, count: int) -> None:
        sqs = self.aws.client("sqs")
        for _ in range(count):
            sqs.send_message(QueueUrl=self.url, MessageBody="{}")

    @property
    def desired(self) -> int:
        ecs = self.aws.client("ecs")
        return ecs.describe_services(cluster="orders", services=["orders"])["services"][0]["desiredCount"]

    def alarm_state(self, name: str) -> str:
        return self.aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    def _policy(self, name: str, adjustment_type: str, steps: list[dict[str, Any]]) -> str:
        configuration = {"AdjustmentType": adjustment_type, "StepAdjustments": steps, "Cooldown": 60}
        return self.scaling_client.put_scaling_policy(
            **SCALABLE, PolicyName=name, PolicyType="StepScaling", StepScalingPolicyConfiguration=configuration
        )["PolicyARN"]

    def _alarm(self, name: str, comparison: str, policy_arn: str) -> None:
        """On the messages that wait: from 5 on, or none."""
        stat = {
            "Metric": {
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateNumberOfMessagesVisible",
                "Dimensions": [{"Name": "QueueName", "Value": "orders"}],
            },
            "Period": 120,
            "Stat": "Maximum",
        }
        self.aws.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            Metrics=[
                {"Id": "v", "MetricStat": stat, "ReturnData": False},
                {"Id": "value", "Expression": "CEIL(v * 1)", "ReturnData": True},
            ],
            ComparisonOperator=comparison,
            Threshold=5 if name == "demand" else 0,
            EvaluationPeriods=1,
            AlarmActions=[policy_arn],
        )


@pytest.fixture
def stack() -> Iterator[Stack]:
    with Emulator() as emulator:
        yield Stack(emulator)


def test_what_somebody_deletes_is_left_alone(stack: Stack) -> None:
    stack.pass_minutes(1)
    stack.aws.client("sqs").delete_queue(QueueUrl=stack.dead_letter_url)
    stack.send(5)
    stack.pass_minutes(2)
    assert stack.desired == 2, "the other queue is still counted"

    stack.aws.client("sqs").delete_queue(QueueUrl=stack.url)
    stack.aws.client("ecs").delete_service(cluster="orders", service="orders", force=True)
    stack.pass_minutes(2)
    stack.aws.client("ecs").delete_cluster(cluster="orders")
    stack.scaling.look()


def test_it_scales_out_by_the_step_of_the_breach_and_in_when_the_window_has_passed(stack: Stack) -> None:
    stack.send(5)
    stack.pass_minutes(2)
    assert stack.desired == 2
    assert stack.alarm_state("demand") == "ALARM"

    stack.send(20)
    stack.pass_minutes(3)
    assert stack.desired == 4

    stack.aws.client("sqs").purge_queue(QueueUrl=stack.url)
    stack.pass_minutes(1)
    assert stack.desired == 4, "the window of two minutes remembers"
    stack.pass_minutes(10)
    assert stack.desired == 1
    assert (stack.alarm_state("demand"), stack.alarm_state("quiet")) == ("OK", "ALARM")
    assert "orders: scales from 1 to 2 task(s): alarm demand, at 5" in stack.said


def test_bounds_hold_at_once_and_a_suspended_service_is_left_alone(stack: Stack) -> None:
    stack.pass_minutes(1)
    stack.scaling_client.register_scalable_target(**SCALABLE, MinCapacity=3, MaxCapacity=4)
    stack.pass_minutes(1)
    assert stack.desired == 3

    suspended = dict.fromkeys(
        ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended"), True
    )
    stack.scaling_client.register_scalable_target(**SCALABLE, SuspendedState=suspended)
    stack.aws.client("ecs").update_service(cluster="orders", service="orders", desiredCount=0)
    stack.send(50)
    stack.pass_minutes(5)
    assert stack.desired == 0


def test_a_schedule_sets_the_bounds(stack: Stack) -> None:
    stack.scaling_client.put_scheduled_action(
        **SCALABLE,
        ScheduledActionName="soon",
        Schedule="rate(3 minutes)",
        ScalableTargetAction={"MinCapacity": 2, "MaxCapacity": 3},
    )

    stack.pass_minutes(2)
    assert stack.desired == 1
    stack.pass_minutes(2)
    assert stack.desired == 2


def test_what_the_workers_measure_is_there_for_alarms(stack: Stack) -> None:
    entry: dict[str, Any] = {
        "_aws": {
            "CloudWatchMetrics": [
                {"Namespace": "WorkerService", "Dimensions": [["QueueName"]], "Metrics": [{"Name": "Demand"}]}
            ]
        },
        "QueueName": "orders",
        "Demand": 7,
    }
    cloudwatch = stack.aws.client("cloudwatch")
    cloudwatch.delete_alarms(AlarmNames=["quiet"])
    policy = stack.scaling_client.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["out"])
    stat = {
        "Metric": {
            "Namespace": "WorkerService",
            "MetricName": "Demand",
            "Dimensions": [{"Name": "QueueName", "Value": "orders"}],
        },
        "Period": 10,
        "Stat": "Maximum",
    }
    cloudwatch.put_metric_alarm(
        AlarmName="published",
        Metrics=[{"Id": "demand", "MetricStat": stat, "ReturnData": True}],
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=1,
        EvaluationPeriods=1,
        AlarmActions=[policy["ScalingPolicies"][0]["PolicyARN"]],
    )
    stack.pass_minutes(1)

    stack.metrics.add_line(entry)
    stack.pass_minutes(1)

    assert stack.desired == 2
    assert "orders: scales from 1 to 2 task(s): alarm published, at 7" in stack.said


def test_what_cannot_be_evaluated_here_is_told_once_and_harms_nothing(stack: Stack) -> None:
    policy = stack.scaling_client.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["out"])
    metric = {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Dimensions": []}
    stack.aws.client("cloudwatch").put_metric_alarm(
        AlarmName="beyond",
        Metrics=[
            {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "value", "Expression": "ANOMALY_DETECTION_BAND(m)", "ReturnData": True},
        ],
        ComparisonOperator="GreaterThanThreshold",
        Threshold=1,
        EvaluationPeriods=1,
        AlarmActions=[policy["ScalingPolicies"][0]["PolicyARN"]],
    )
    stack.scaling_client.put_scheduled_action(
        **SCALABLE,
        ScheduledActionName="last-day",
        Schedule="cron(0 0 L * ? *)",
        ScalableTargetAction={"MinCapacity": 2},
    )

    stack.pass_minutes(3)

    assert [line.split(":")[0] for line in stack.said if "does nothing in the box" in line] == [
        "alarm beyond does nothing in the box",
        "orders",
    ]
    stack.send(5)
    stack.pass_minutes(2)
    assert stack.desired == 2


def test_an_alarm_of_one_metric_acts_too(stack: Stack) -> None:
    cloudwatch = stack.aws.client("cloudwatch")
    cloudwatch.delete_alarms(AlarmNames=["demand", "quiet"])
    policy = stack.scaling_client.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["out"])
    cloudwatch.put_metric_alarm(
        AlarmName="classic",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "orders"}],
        Statistic="Maximum",
        Period=60,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        Threshold=3,
        EvaluationPeriods=1,
        AlarmActions=[policy["ScalingPolicies"][0]["PolicyARN"]],
    )

    stack.send(3)
    stack.pass_minutes(2)

    assert stack.desired == 2
