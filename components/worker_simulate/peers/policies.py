"""Peers' own policies for the same service: the same tasks and bounds, another way to decide how many run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from worker_simulate.definition.service_definition import (
    BACKLOG_PER_TASK,
    AlarmDefinition,
    MetricKey,
    MetricQuery,
    PolledPolicy,
    ServiceDefinition,
    StepAdjustment,
    StepPolicy,
    TargetTrackingPolicy,
)

#: The metric of Copilot's function.
_CUSTOM_METRIC_MONTHLY_USD = 0.30
#: Alarms that target tracking makes, by alarm.
_ALARM_MONTHLY_USD = 0.10


@dataclass(frozen=True)
class Work:
    """What a peer is told of the work."""

    message_seconds: float
    acceptable_latency_seconds: float


Peer = Callable[[ServiceDefinition, Work], ServiceDefinition]


def copilot(service: ServiceDefinition, work: Work) -> ServiceDefinition:
    """Backlog per task, tracked: a function publishes it each minute.

    https://aws.github.io/copilot-cli/docs/manifest/worker-service/#count-queue-delay
    """
    query = MetricQuery(BACKLOG_PER_TASK, "Average", 60)
    policy = TargetTrackingPolicy(
        "backlog-per-task",
        query,
        target=max(1, work.acceptable_latency_seconds / work.message_seconds),
        scale_in_cooldown_seconds=120,
        scale_out_cooldown_seconds=60,
    )
    monthly = _CUSTOM_METRIC_MONTHLY_USD + 2 * _ALARM_MONTHLY_USD
    return replace(_bare(service), target_tracking=(policy,), monthly_usd=monthly)


def cdk(service: ServiceDefinition, _work: Work) -> ServiceDefinition:
    """QueueProcessingFargateService with its default steps and disableCpuBasedScaling, as its users are advised.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_ecs_patterns.QueueProcessingFargateService.html
    """
    dimensions = (("QueueName", service.queue_name),)
    visible = MetricQuery(MetricKey("AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions), "Maximum", 300)
    lower = StepPolicy("lower", "ChangeInCapacity", (StepAdjustment(None, 0, -1),))
    upper = StepPolicy("upper", "ChangeInCapacity", (StepAdjustment(0, 400, 1), StepAdjustment(400, None, 5)))
    alarms = (
        AlarmDefinition("lower", "lower", {"v": visible}, None, 0, "LessThanOrEqualToThreshold", 1, 1),
        AlarmDefinition("upper", "upper", {"v": visible}, None, 100, "GreaterThanOrEqualToThreshold", 1, 1),
    )
    return replace(_bare(service), alarms=alarms, step_policies=(lower, upper))


def keda(service: ServiceDefinition, _work: Work) -> ServiceDefinition:
    """The aws-sqs-queue scaler with its default queueLength of 5, polled every 30 seconds, on Kubernetes' HPA.

    https://keda.sh/docs/latest/scalers/aws-sqs/
    """
    return replace(
        _bare(service), polled=PolledPolicy(messages_per_task=5, poll_seconds=30, scale_in_after_seconds=300)
    )


PEERS: dict[str, Peer] = {"copilot": copilot, "cdk": cdk, "keda": keda}


def _bare(service: ServiceDefinition) -> ServiceDefinition:
    """The service without its own scaling."""
    task = replace(service.task, demand_per_visible=None, demand_per_in_flight=None)
    return replace(
        service, task=task, alarms=(), step_policies=(), target_tracking=(), scheduled_actions=(), polled=None
    )
