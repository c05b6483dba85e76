"""Reusable Pulumi components: a worker service on SNS, SQS and ECS Fargate, and the environment it runs in."""

from components.environment import Environment, EnvironmentArgs
from components.limits import Architecture, NatGateways, SubnetType, TaskSize
from components.worker_service import WorkerService, WorkerServiceArgs

__all__ = [
    "Architecture",
    "Environment",
    "EnvironmentArgs",
    "NatGateways",
    "SubnetType",
    "TaskSize",
    "WorkerService",
    "WorkerServiceArgs",
]
