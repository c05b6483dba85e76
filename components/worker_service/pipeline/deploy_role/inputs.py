"""The inputs of DeployRole, one row for each: key, type, rule, default and what it is for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NotRequired, TypedDict

import pulumi

from worker_service.inputs import aws_values as aws
from worker_service.inputs.names import (
    COMPONENT_NAME,
    LOG_GROUP_PREFIX,
    PIPELINE_NAME,
    PROGRAM_NAMES,
    PROGRAM_PIPELINE_NAME,
)
from worker_service.inputs.rows import Default, rows_of
from worker_service.inputs.rules import ListOf
from worker_service.pipeline.pipeline_target import TARGET, PipelineTarget

#: A role's inline policies have 10,240 characters, and each name takes its share.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_PROGRAM_NAMES = 3

_PROGRAM_NAMES = ListOf(COMPONENT_NAME, minimum_items=1, maximum_items=MAX_PROGRAM_NAMES)


class DeployRoleArgs(TypedDict):
    """Arguments of DeployRole."""

    pipeline_account_id: Annotated[str, aws.ACCOUNT_ID]
    """AWS account of the pipeline."""
    pipeline_region: Annotated[str, aws.REGION]
    """AWS region of the pipeline."""
    target: Annotated[PipelineTarget, TARGET]
    """The target as the pipeline has it. With ecs_service the role does what ECS's action needs, and no more."""
    pipeline_name: NotRequired[Annotated[str, PIPELINE_NAME, Default(PROGRAM_PIPELINE_NAME)]]
    """Name of the PipelineComponent in its program. Default pipeline, as in this project's."""
    program_names: NotRequired[Annotated[Sequence[str], _PROGRAM_NAMES, Default(PROGRAM_NAMES)]]
    """Names of the components in the program that is deployed, with which its resources begin, 1 to 3. Default
    environment and worker, as in this project's."""
    log_group_prefix: NotRequired[Annotated[str, LOG_GROUP_PREFIX]]
    """What the names of that program's log groups begin with, where it has them so. Default: the components' names."""
    tags: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], aws.TAGS]]
    """Tags of the role. Default none."""


DEPLOY_ROLE_ROWS = rows_of(DeployRoleArgs)
