"""Reusable Pulumi components: a worker service on SNS, SQS and ECS Fargate, its environment, and its pipeline."""

from worker_service.environment.choices import NatGateways, SubnetType, VpcEndpoints
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
from worker_service.service.choices import DependencyCondition, Encryption, RollbackAlarm, ScalingPreset, TaskSize
from worker_service.service.endpoint_services import endpoint_services
from worker_service.service.fifo import Fifo
from worker_service.service.health_check import HealthCheck
from worker_service.service.inputs import WorkerServiceArgs
from worker_service.service.log_router import LogRouter
from worker_service.service.open_telemetry import OpenTelemetry
from worker_service.service.publishes_to import PublishesTo
from worker_service.service.queues import Queue
from worker_service.service.scaling.scaling_schedule import ScalingSchedule
from worker_service.service.sidecars import Sidecar
from worker_service.service.sources import Source
from worker_service.service.task_options import EfsVolume, Spot
from worker_service.service.topics import FilterPolicyScope, Publishers, Topic
from worker_service.service.worker_service import WorkerService

__all__ = [
    "Architecture",
    "DependencyCondition",
    "DeployRole",
    "DeployRoleArgs",
    "EfsVolume",
    "Encryption",
    "Environment",
    "EnvironmentArgs",
    "Fifo",
    "FilterPolicyScope",
    "HealthCheck",
    "LogRouter",
    "NatGateways",
    "OpenTelemetry",
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
    "Sidecar",
    "Source",
    "Spot",
    "SubnetType",
    "TaskSize",
    "Topic",
    "VpcEndpoints",
    "WorkerService",
    "WorkerServiceArgs",
    "endpoint_services",
]
