"""What AWS charges, in USD of us-east-1."""

from __future__ import annotations

from worker_simulate.cloud.alarm import Alarm
from worker_simulate.definition.service_definition import ServiceDefinition, TaskDefinition

#: An hour of Fargate on Linux: a vCPU, a GB of memory. https://aws.amazon.com/fargate/pricing/
_X86 = (0.04048, 0.004445)
_ARM = (0.03238, 0.00356)
#: A task is charged for a minute at least. https://aws.amazon.com/fargate/pricing/
LEAST_TASK_SECONDS = 60
#: A metric of an alarm in a month, at one-minute and at higher resolution, and a custom metric.
#: https://aws.amazon.com/cloudwatch/pricing/
_ALARM_METRIC = 0.10
_FAST_ALARM_METRIC = 0.30
_CUSTOM_METRIC = 0.30
#: Requests to SQS. https://aws.amazon.com/sqs/pricing/
SQS_REQUEST = 0.40 / 1_000_000
_MONTH_SECONDS = 730 * 3_600


def task_second(task: TaskDefinition) -> float:
    """A second of one task."""
    per_vcpu, per_gb = _ARM if task.arm else _X86
    return (task.vcpu * per_vcpu + task.memory_gb * per_gb) / 3_600


def scaling_second(service: ServiceDefinition) -> float:
    """A second of what scaling needs beside tasks: alarms, the metrics that tasks publish, a controller."""
    alarms = sum(
        len(alarm.queries) * (_ALARM_METRIC if Alarm(alarm).tick_seconds >= 60 else _FAST_ALARM_METRIC)
        for alarm in service.alarms
    )
    published = 2 * _CUSTOM_METRIC if service.task.demand_per_visible is not None else 0
    return (alarms + published + service.monthly_usd) / _MONTH_SECONDS
