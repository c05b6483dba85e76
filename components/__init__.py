"""Reusable Pulumi components: a worker service on SNS, SQS and ECS Fargate, and the environment it runs in."""

from components.environment import Environment, EnvironmentArgs
from components.limits import Architecture, NatGateways, RollbackAlarm, ScalingPreset, SubnetType, TaskSize
from components.scaling_settings import ScalingSchedule
from components.worker_service import WorkerService
from components.worker_service_args import WorkerServiceArgs

__all__ = [
    "Architecture",
    "Environment",
    "EnvironmentArgs",
    "NatGateways",
    "RollbackAlarm",
    "ScalingPreset",
    "ScalingSchedule",
    "SubnetType",
    "TaskSize",
    "WorkerService",
    "WorkerServiceArgs",
]
