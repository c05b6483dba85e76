"""Reusable Pulumi components: a worker service on SNS, SQS and ECS Fargate, its environment, and its pipeline."""

from components.deploy_role import DeployRole, DeployRoleArgs
from components.environment import Environment, EnvironmentArgs
from components.limits import Architecture, NatGateways, RollbackAlarm, ScalingPreset, SubnetType, TaskSize
from components.pipeline import PipelineComponent, PipelineComponentArgs
from components.pipeline_limits import PipelineSource
from components.scaling_settings import ScalingSchedule
from components.targets import PipelineTarget
from components.worker_service import WorkerService
from components.worker_service_args import WorkerServiceArgs

__all__ = [
    "Architecture",
    "DeployRole",
    "DeployRoleArgs",
    "Environment",
    "EnvironmentArgs",
    "NatGateways",
    "PipelineComponent",
    "PipelineComponentArgs",
    "PipelineSource",
    "PipelineTarget",
    "RollbackAlarm",
    "ScalingPreset",
    "ScalingSchedule",
    "SubnetType",
    "TaskSize",
    "WorkerService",
    "WorkerServiceArgs",
]
