"""DeployRole: the role in a target's account that the pipeline assumes, made by a program of that account."""

from collections.abc import Collection, Mapping
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from worker_service.inputs.checking import checked
from worker_service.inputs.partitions import partition_of
from worker_service.inputs.public_component import PublicComponent
from worker_service.pipeline.deploy_role.inputs import DEPLOY_ROLE_ROWS, DeployRoleArgs
from worker_service.pipeline.pipeline_target import slug, target_problems
from worker_service.policies.deploy_role import (
    Account,
    ecs_deploy_policy,
    pipeline_may_assume,
    service_policy,
)
from worker_service.policies.deploy_role_network import network_policy
from worker_service.policies.deploy_role_options import options_policy
from worker_service.policies.document import document

# checked() fills in the defaults that the rows state.
# pyright: reportTypedDictNotRequiredAccess=false

_DOES = {
    "network": "What pulumi up does to networks",
    "options": "What pulumi up does to stores, to what wakes services, and to operators' policies",
}


class DeployRole(PublicComponent):
    """The role in a target's account that the pipeline assumes, by its name, to deploy that target and nothing else."""

    role_arn: pulumi.Output[str]
    """ARN of the role."""
    role_name: pulumi.Output[str]
    """Name of the role, to attach what a program needs beyond this project's components."""

    def __init__(self, name: str, args: DeployRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args = cast(DeployRoleArgs, checked("DeployRole", name, args, DEPLOY_ROLE_ROWS, _conflicts))
        super().__init__("workers:index:DeployRole", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        target = args["target"]
        pipeline_name = args["pipeline_name"]
        account = Account(
            partition=partition_of(args["pipeline_region"]).name,
            account_id=target["account_id"],
            region=target.get("region", args["pipeline_region"]),
            stack=slug(target["stack"]),
            names=args["program_names"],
            log_group_prefix=args.get("log_group_prefix"),
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
        if "ecs_service" not in target:
            self._attach(name, "network", role, document(network_policy, account=account), args.get("tags"))
            self._attach(name, "options", role, document(options_policy, account=account), args.get("tags"))
        self.role_arn = role.arn
        self.role_name = role.name
        self.register_outputs({"role_arn": self.role_arn, "role_name": self.role_name})

    def _attach(
        self,
        name: str,
        kind: str,
        role: aws.iam.Role,
        policy: pulumi.Output[str],
        tags: Mapping[str, pulumi.Input[str]] | None,
    ) -> None:
        """Let the role do what finds no room in its inline policy."""
        child = pulumi.ResourceOptions(parent=self)
        managed = aws.iam.Policy(
            f"{name}-{kind}-policy",
            description=_DOES[kind],
            policy=policy,
            tags=tags,
            opts=child,
        )
        aws.iam.RolePolicyAttachment(
            f"{name}-{kind}-policy-attachment", role=role.name, policy_arn=managed.arn, opts=child
        )


def _assuming_role(pipeline_name: str, target: Mapping[str, Any]) -> str:
    """What the name of the pipeline's role begins with; the pipeline itself acts where ECS deploys."""
    if "ecs_service" in target:
        return f"{pipeline_name}-pipeline-role"
    return f"{pipeline_name}-{slug(target['stack'])}-deploy-role"


def _policy(args: DeployRoleArgs, account: Account, pipeline_name: str) -> pulumi.Output[str]:
    target = args["target"]
    if "ecs_service" not in target:
        return document(service_policy, account=account)
    return document(
        ecs_deploy_policy,
        account=account,
        ecs_service=target["ecs_service"],
        pipeline_account_id=args["pipeline_account_id"],
        pipeline_name=pipeline_name,
    )


def _conflicts(args: Mapping[str, Any], misfitting: Collection[str]) -> list[str]:
    return target_problems("target", args["target"]) if "target" in args and "target" not in misfitting else []
