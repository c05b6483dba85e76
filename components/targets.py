"""The places that a pipeline deploys to, and what is derived from their names."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from components.arns import place_of
from components.pipeline_limits import PipelineSource

#: What the tags begin with that mark an image as deployed by `pulumi up` itself, in the pipeline's own stack.
DEPLOYED_BY_UP = "deployed.up."


class PipelineTarget(TypedDict):
    """A stack, and the account that it lives in."""

    stack: str
    """Name of the Pulumi stack, such as organization/project/stack. Its last part names stage and deploy project."""
    account_id: str
    """AWS account that it is deployed to."""
    deploy_role: str
    """Name of the role in that account that is assumed to deploy; DeployRole makes it."""
    region: NotRequired[str]
    """AWS region that it is deployed to. Required for `pulumi up`."""
    approval: NotRequired[bool]
    """Ask somebody before this target is deployed. Default false."""
    test_command: NotRequired[str]
    """Shell command that runs after `pulumi up`, in program_dir; a failure stops the pipeline. Default none."""
    ecs_service: NotRequired[str]
    """CLUSTER/SERVICE to deploy by ECS's own rolling update in place of `pulumi up`. Default: `pulumi up`."""


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
