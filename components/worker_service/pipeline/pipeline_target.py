"""PipelineTarget: a place that a pipeline deploys to, and what is derived from its names."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs.arns import place_of
from worker_service.inputs.aws_values import ACCOUNT_ID, REGION
from worker_service.inputs.rows import fields_of, rows_of
from worker_service.inputs.rules import Flag, Text
from worker_service.pipeline.choices import PipelineSource

SHELL_COMMAND = Text(1, 2_000, r"(?s).*\S.*", "a shell command of 1 to 2000 characters")

_STACK = Text(
    1,
    200,
    r"([\w.-]+/){0,2}[A-Za-z0-9][\w-]{0,19}",
    "a stack's name such as organization/project/stack, whose last part has 1 to 20 letters, digits, - and _",
)
_ROLE_NAME = Text(1, 64, r"[\w+=,.@-]+", "the name of an IAM role in the target's account")
_ECS_SERVICE = Text(3, 511, r"[\w-]+/[\w-]+", "a cluster's and a service's name such as cluster/service")

#: What the tags begin with that mark an image as deployed by `pulumi up` itself, in the pipeline's own stack.
DEPLOYED_BY_UP = "deployed.up."


class PipelineTarget(TypedDict):
    """A stack, and the account that it lives in."""

    stack: Annotated[str, _STACK]
    """Name of the Pulumi stack, such as organization/project/stack. Its last part names stage and deploy project."""
    account_id: Annotated[str, ACCOUNT_ID]
    """AWS account that it is deployed to."""
    deploy_role: Annotated[str, _ROLE_NAME]
    """Name of the role in that account that is assumed to deploy; DeployRole makes it."""
    region: NotRequired[Annotated[str, REGION]]
    """AWS region that it is deployed to. Required for `pulumi up`."""
    approval: NotRequired[Annotated[bool, Flag()]]
    """Ask somebody before this target is deployed. Default false."""
    test_command: NotRequired[Annotated[str, SHELL_COMMAND]]
    """Shell command that runs after `pulumi up`, in program_dir; a failure stops the pipeline. Default none."""
    ecs_service: NotRequired[Annotated[str, _ECS_SERVICE]]
    """CLUSTER/SERVICE to deploy by ECS's own rolling update in place of `pulumi up`, which runs no pre_deploy_command.
    Default: `pulumi up`."""


TARGET = fields_of(rows_of(PipelineTarget))


def target_problems(name: str, target: Mapping[str, Any]) -> list[str]:
    """What is wrong between the keys of one target."""
    if "ecs_service" not in target:
        return [] if "region" in target else [f"{name}.region: required"]
    return [
        f"{name}.{key}: {reason}"
        for key, reason in (
            ("region", "ecs_service is deployed in the pipeline's own region; leave it out"),
            ("test_command", "runs after `pulumi up`; leave it out with ecs_service"),
        )
        if key in target
    ]


def slug(stack: str) -> str:
    """The last part of a stack's name."""
    return stack.rsplit("/", 1)[-1]


def deploy_role_arn(partition: str, target: Mapping[str, Any]) -> str:
    """ARN of the role that deploys the target."""
    return f"arn:{partition}:iam::{target['account_id']}:role/{target['deploy_role']}"


def role_arns(key_arn: pulumi.Input[str], targets: Sequence[PipelineTarget]) -> pulumi.Output[list[str]]:
    """ARNs of the roles that deploy the targets, in the partition of the pipeline's key."""

    def build(arn: str) -> list[str]:
        return [deploy_role_arn(place_of(arn).partition, target) for target in targets]

    return pulumi.Output.from_input(key_arn).apply(build)


def deployed_tag_prefix(stack: str) -> str:
    """What the tags begin with that mark an image as deployed to the stack.

    No stack's last part has a dot, so no prefix is another one's beginning.
    """
    return f"deployed.{slug(stack)}."


def deployed_tag_prefixes(source: PipelineSource, targets: Sequence[PipelineTarget]) -> list[str]:
    """The prefixes that the lifecycle policy keeps, the one first that must lose least.

    What reaches the last target went through the others.
    """
    if source == PipelineSource.DIRECTORY:
        return [DEPLOYED_BY_UP]
    return [deployed_tag_prefix(target["stack"]) for target in reversed(targets)]
