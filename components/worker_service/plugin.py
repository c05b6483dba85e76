"""What the provider host offers to programs in other Pulumi languages."""

from importlib.metadata import version

import pulumi

from worker_service.environment.environment import Environment
from worker_service.pipeline.deploy_role.deploy_role import DeployRole
from worker_service.pipeline.pipeline_component import PipelineComponent
from worker_service.service.worker_service import WorkerService

#: What type tokens begin with, such as workers:index:WorkerService. State holds it.
PACKAGE_NAME = "workers"
VERSION = version("pulumi-worker-service")
COMPONENTS: list[type[pulumi.ComponentResource]] = [DeployRole, Environment, PipelineComponent, WorkerService]
