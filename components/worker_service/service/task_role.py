"""TaskRole: what the worker may do (task role), and what ECS may do to start it (execution role)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.inputs.arns import last_segment
from worker_service.policies import task_roles as policies
from worker_service.policies.document import document
from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.handler_stores import HandlerStores
from worker_service.service.publishes_to import PublishesTo
from worker_service.service.sidecars import Sidecar
from worker_service.service.task_options import EfsVolume


class TaskRole(pulumi.ComponentResource):
    """The two IAM roles of a task, each with exact actions on exact ARNs."""

    task_role_arn: pulumi.Output[str]
    """ARN of the task role."""
    task_role_name: pulumi.Output[str]
    """Name of the task role, to attach what a handler needs beyond the queues."""
    execution_role_arn: pulumi.Output[str]
    """ARN of the execution role."""
    required_policies: dict[str, pulumi.Output[str]]
    """What existing roles have to allow, as JSON: task_role and execution_role."""

    def __init__(
        self,
        name: str,
        *,
        cluster_arn: pulumi.Input[str],
        queues: Sequence[ConsumedQueue],
        queue_key_arns: Sequence[pulumi.Input[str]],
        topic_arns: Sequence[pulumi.Input[str]],
        publishes_to: Mapping[str, PublishesTo],
        kms_key_arn: pulumi.Input[str] | None,
        log_group_arn: pulumi.Input[str],
        image: pulumi.Input[str],
        sidecars: Mapping[str, Sidecar],
        traces: bool,
        writes_log: bool,
        router_files: Sequence[str],
        secrets: Mapping[str, pulumi.Input[str]],
        secret_kms_key_arns: Sequence[pulumi.Input[str]],
        enable_execute_command: bool,
        execute_command_log_group_arn: pulumi.Input[str] | None,
        execute_command_kms_key_arn: pulumi.Input[str] | None,
        scale_in_protection: bool,
        stores: HandlerStores,
        environment_files: Sequence[str],
        efs_volumes: Mapping[str, EfsVolume],
        permissions_boundary_arn: pulumi.Input[str] | None,
        role_path: str,
        task_policies: Mapping[str, Mapping[str, Any]],
        managed_policy_arns: Sequence[pulumi.Input[str]],
        task_role_arn: pulumi.Input[str] | None,
        execution_role_arn: pulumi.Input[str] | None,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Where images lie in ECR, the execution role may pull their repositories alone; it reads exactly the secrets.

        With `traces` sidecars send some to X-Ray; where one `writes_log`, it does so into the service's own log group.
        Roles that exist are given by their ARNs, and left as they are.
        """
        super().__init__("workers:index:TaskRole", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        trust = document(policies.tasks_may_assume, cluster_arn=cluster_arn)
        writable = [volume for volume in efs_volumes.values() if not volume.get("read_only")]
        read_only = [volume for volume in efs_volumes.values() if volume.get("read_only")]
        task_policy = document(
            policies.task_role_policy,
            queue_arns=[queue.queue_arn for queue in queues],
            dead_letter_queue_arns=[queue.dead_letter_queue_arn for queue in queues],
            topic_arns=[*topic_arns, *(topic["topic_arn"] for topic in publishes_to.values())],
            key_arn=kms_key_arn,
            queue_key_arns=queue_key_arns,
            topic_key_arns=[topic["kms_key_arn"] for topic in publishes_to.values() if "kms_key_arn" in topic],
            cluster_arn=cluster_arn,
            execute_command=enable_execute_command,
            execute_command_log_group_arn=execute_command_log_group_arn,
            execute_command_key_arn=execute_command_kms_key_arn,
            scale_in_protection=scale_in_protection,
            traces=traces,
            log_group_arn=log_group_arn if writes_log else None,
            router_files=router_files,
            **stores.rights,
            file_systems=[(volume["file_system_id"], volume["access_point_id"]) for volume in writable],
            read_file_systems=[(volume["file_system_id"], volume["access_point_id"]) for volume in read_only],
        )
        execution_policy = document(
            policies.execution_role_policy,
            log_group_arn=log_group_arn,
            images=[image, *(sidecar["image"] for sidecar in sidecars.values() if "image" in sidecar)],
            secrets=[
                *secrets.values(),
                *(arn for sidecar in sidecars.values() for arn in sidecar.get("secrets", {}).values()),
            ],
            secret_kms_key_arns=secret_kms_key_arns,
            environment_files=environment_files,
        )
        self.required_policies = {}

        def role(kind: str, existing: pulumi.Input[str] | None, policy: pulumi.Output[str]) -> pulumi.Output[str]:
            if existing is not None:
                self.required_policies[f"{kind}_role"] = policy
                return pulumi.Output.from_input(existing)
            made = aws.iam.Role(
                f"{name}-{kind}-role",
                assume_role_policy=trust,
                path=role_path if role_path != "/" else None,
                permissions_boundary=permissions_boundary_arn,
                tags=tags,
                opts=child,
            )
            aws.iam.RolePolicy(f"{name}-{kind}-role-policy", role=made.name, policy=policy, opts=child)
            return made.arn

        self.task_role_arn = role("task", task_role_arn, task_policy)
        self.execution_role_arn = role("execution", execution_role_arn, execution_policy)
        self.task_role_name = self.task_role_arn.apply(last_segment)
        for key, policy in task_policies.items():
            aws.iam.RolePolicy(
                f"{name}-{key}-task-policy", role=self.task_role_name, policy=json.dumps(policy), opts=child
            )
        for index, arn in enumerate(managed_policy_arns):
            # Named by its policy: by its place, a policy that moves up in the list would be detached with the last one.
            by_place = f"{name}-task-policy-{index}"
            aws.iam.RolePolicyAttachment(
                f"{name}-task-policy-{_owner_and_name(arn)}" if isinstance(arn, str) else by_place,
                role=self.task_role_name,
                policy_arn=arn,
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(aliases=[pulumi.Alias(by_place)])),
            )
        self.register_outputs(
            {
                "task_role_arn": self.task_role_arn,
                "task_role_name": self.task_role_name,
                "execution_role_arn": self.execution_role_arn,
            }
        )


def _owner_and_name(policy_arn: str) -> str:
    """What tells a managed policy from others: the account or `aws`, path and name."""
    return policy_arn.split("::", 1)[1].replace(":policy/", "-")
