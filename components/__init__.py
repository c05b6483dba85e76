"""Reusable Pulumi components: a worker service on SNS, SQS and ECS Fargate, its environment, and its pipeline."""

from components.environment import Environment, EnvironmentArgs
from components.limits import Architecture, NatGateways, SubnetType, TaskSize
from components.pipeline import PipelineComponent, PipelineComponentArgs
from components.pipeline_limits import PipelineSource
from components.targets import PipelineTarget
from components.worker_service import WorkerService, WorkerServiceArgs

__all__ = [
    "Architecture",
    "Environment",
    "EnvironmentArgs",
    "NatGateways",
    "PipelineComponent",
    "PipelineComponentArgs",
    "PipelineSource",
    "PipelineTarget",
    "SubnetType",
    "TaskSize",
    "WorkerService",
    "WorkerServiceArgs",
]
