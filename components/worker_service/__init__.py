"""Reusable Pulumi components: a worker service on SNS, SQS and ECS Fargate, its environment, and its pipeline."""

from worker_service.environment.choices import NatGateways, SubnetType
from worker_service.environment.environment import Environment
from worker_service.environment.inputs import EnvironmentArgs
from worker_service.environment.shared_topics import SharedTopic
from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.choices import PipelineSource
from worker_service.pipeline.deploy_role.deploy_role import DeployRole
from worker_service.pipeline.deploy_role.inputs import DeployRoleArgs
from worker_service.pipeline.inputs import PipelineComponentArgs
from worker_service.pipeline.pipeline_component import PipelineComponent
from worker_service.pipeline.pipeline_target import PipelineTarget
from worker_service.service.choices import Encryption, RollbackAlarm, ScalingPreset, TaskSize
from worker_service.service.copilot_variables import CopilotVariables
from worker_service.service.fifo import Fifo
from worker_service.service.health_check import HealthCheck
from worker_service.service.inputs import WorkerServiceArgs
from worker_service.service.publishes_to import PublishesTo
from worker_service.service.queues import Queue
from worker_service.service.scaling.scaling_schedule import ScalingSchedule
from worker_service.service.scaling.target_tracking import TargetTracking, TrackedBacklog, TrackedPercentage
from worker_service.service.sources import Source
from worker_service.service.task_options import EfsVolume, Spot
from worker_service.service.topics import FilterPolicyScope, Publishers, Topic
from worker_service.service.worker_service import WorkerService

__all__ = [
    "Architecture",
    "CopilotVariables",
    "DeployRole",
    "DeployRoleArgs",
    "EfsVolume",
    "Encryption",
    "Environment",
    "EnvironmentArgs",
    "Fifo",
    "FilterPolicyScope",
    "HealthCheck",
    "NatGateways",
    "PipelineComponent",
    "PipelineComponentArgs",
    "PipelineSource",
    "PipelineTarget",
    "Publishers",
    "PublishesTo",
    "Queue",
    "RollbackAlarm",
    "ScalingPreset",
    "ScalingSchedule",
    "SharedTopic",
    "Source",
    "Spot",
    "SubnetType",
    "TargetTracking",
    "TaskSize",
    "Topic",
    "TrackedBacklog",
    "TrackedPercentage",
    "WorkerService",
    "WorkerServiceArgs",
]
