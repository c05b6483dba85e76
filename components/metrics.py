"""CloudWatch metrics and alarms as plain values, before any resource is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

#: Metrics that the expression of one alarm may use.
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
MAX_ALARM_METRICS = 10


@dataclass(frozen=True)
class Metric:
    """One metric, with the statistic taken of it in each period."""

    namespace: pulumi.Input[str]
    name: str
    statistic: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Alarm:
    """When CloudWatch raises an alarm.

    It goes off when the value compares to the threshold in all of `periods` periods. `metrics` are the inputs of
    `expression` by their ids; without an expression there is one metric, and its statistic is the value.
    """

    description: pulumi.Input[str]
    metrics: Mapping[str, Metric]
    threshold: float
    expression: str | None = None
    is_at_least: bool = True
    """Goes off at the threshold and above; otherwise at the threshold and below."""
    period_seconds: int = 60
    periods: int = 1
    missing_data: str = "missing"
    """What a period without data counts as: missing, ignore, breaching or notBreaching."""


def sqs(name: str, statistic: str, queue_name: pulumi.Input[str]) -> Metric:
    """A metric of a queue; SQS reports it each minute while the queue is active.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """
    return Metric("AWS/SQS", name, statistic, {"QueueName": queue_name})


def sns(name: str, statistic: str, topic_name: pulumi.Input[str]) -> Metric:
    """A metric of a topic.

    https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    """
    return Metric("AWS/SNS", name, statistic, {"TopicName": topic_name})


def ecs(name: str, statistic: str, cluster_name: pulumi.Input[str], service_name: pulumi.Input[str]) -> Metric:
    """A metric of a service; there is none while no task runs.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    """
    return Metric("AWS/ECS", name, statistic, {"ClusterName": cluster_name, "ServiceName": service_name})
