"""DeployRole: the role in a target's account that the pipeline assumes, made by a program of that account."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from components import defaults
from components.arns import partition_of
from components.checks import given, misfits, name_problems, refuse
from components.deploy_role_policies import Account, ecs_deploy_policy, pipeline_may_assume, pulumi_up_policy
from components.documents import document
from components.pipeline_checks import target_problems
from components.pipeline_limits import DEPLOY_ROLE_RULES
from components.targets import PipelineTarget, slug


class DeployRoleArgs(TypedDict):
    """Arguments of DeployRole."""

    pipeline_account_id: str
    """AWS account of the pipeline."""
    pipeline_region: str
    """AWS region of the pipeline."""
    target: PipelineTarget
    """The target as the pipeline has it. With ecs_service the role does what ECS's action needs, and no more."""
    pipeline_name: NotRequired[str]
    """Name of the PipelineComponent in its program. Default pipeline, as in this project's."""
    program_names: NotRequired[Sequence[str]]
    """Names of the components in the program that is deployed, with which its resources begin. Default environment
    and worker, as in this project's."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of the role. Default none."""


class DeployRole(pulumi.ComponentResource):
    """A role that the pipeline's role which deploys the target may assume, by its name, and that can do only this."""

    role_arn: pulumi.Output[str]
    """ARN of the role."""
    role_name: pulumi.Output[str]
    """Name of the role, to attach what a program needs beyond this project's components."""

    def __init__(self, name: str, args: DeployRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args = _checked(name, args)
        super().__init__("workers:index:DeployRole", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        target = args["target"]
        pipeline_name = args.get("pipeline_name", defaults.PIPELINE_NAME)
        account = Account(
            partition=partition_of(args["pipeline_region"]),
            account_id=target["account_id"],
            region=target.get("region", args["pipeline_region"]),
            stack=slug(target["stack"]),
            names=args.get("program_names", defaults.PROGRAM_NAMES),
        )
        role = aws.iam.Role(
            f"{name}-role",
            # The pipeline's target says this name.
            name=target["deploy_role"],
            description=f"Deploys {target['stack']} for the pipeline in {args['pipeline_account_id']}",
            assume_role_policy=document(
                pipeline_may_assume,
                partition=account.partition,
                pipeline_account_id=args["pipeline_account_id"],
                role_prefix=_assuming_role(pipeline_name, target),
            ),
            tags=args.get("tags"),
            opts=child,
        )
        aws.iam.RolePolicy(
            f"{name}-role-policy", role=role.name, policy=_policy(args, account, pipeline_name), opts=child
        )
        self.role_arn = role.arn
        self.role_name = role.name
        self.register_outputs({"role_arn": self.role_arn, "role_name": self.role_name})


def _assuming_role(pipeline_name: str, target: Mapping[str, Any]) -> str:
    """What the name of the pipeline's role begins with; the pipeline itself acts where ECS deploys."""
    if "ecs_service" in target:
        return f"{pipeline_name}-pipeline-role"
    return f"{pipeline_name}-{slug(target['stack'])}-deploy-role"


def _policy(args: DeployRoleArgs, account: Account, pipeline_name: str) -> pulumi.Output[str]:
    target = args["target"]
    if "ecs_service" not in target:
        return document(pulumi_up_policy, account=account)
    return document(
        ecs_deploy_policy,
        account=account,
        ecs_service=target["ecs_service"],
        pipeline_account_id=args["pipeline_account_id"],
        pipeline_name=pipeline_name,
    )


def _checked(name: str, args: DeployRoleArgs) -> DeployRoleArgs:
    known = given(args)
    wrong_names = name_problems(
        name, known, known=DeployRoleArgs.__annotations__, required=sorted(DeployRoleArgs.__required_keys__)
    )
    wrong_values = misfits(known, DEPLOY_ROLE_RULES)
    conflicts = target_problems("target", known["target"]) if "target" in known and "target" not in wrong_values else []
    refuse("DeployRole", name, [*wrong_names, *chain(*wrong_values.values()), *conflicts])
    return cast(DeployRoleArgs, known)
