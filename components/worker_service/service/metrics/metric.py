"""Metric: a CloudWatch metric as a plain value, before any resource is made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True)
class Metric:
    """One metric, with the statistic taken of it in each period."""

    namespace: pulumi.Input[str]
    name: str
    statistic: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


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
