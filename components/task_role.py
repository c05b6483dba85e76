"""TaskRole: what the worker may do (task role), and what ECS may do to start it (execution role)."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import policies
from components.documents import document


class TaskRoleArgs(TypedDict):
    """Arguments of TaskRole."""

    cluster_arn: pulumi.Input[str]
    """Cluster of the tasks, whose account and region the roles trust."""
    queue_arn: pulumi.Input[str]
    """Queue to consume."""
    dead_letter_queue_arn: pulumi.Input[str]
    """Queue that rejected messages are sent to."""
    topic_arn: pulumi.Input[str]
    """Topic that handlers publish to."""
    kms_key_arn: pulumi.Input[str]
    """Key of topic and queues."""
    log_group_arn: pulumi.Input[str]
    """Log group that ECS writes to."""
    image: pulumi.Input[str]
    """Image that ECS pulls; where it lies in ECR, the execution role may pull that repository alone."""
    enable_execute_command: bool
    """Let ECS Exec open its channels."""
    scale_in_protection: bool
    """Let tasks ask ECS not to stop them."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of both roles."""


class TaskRole(pulumi.ComponentResource):
    """The two IAM roles of a task, each with exact actions on exact ARNs."""

    task_role_arn: pulumi.Output[str]
    """ARN of the task role."""
    task_role_name: pulumi.Output[str]
    """Name of the task role, to attach what a handler needs beyond the queue."""
    execution_role_arn: pulumi.Output[str]
    """ARN of the execution role."""

    def __init__(self, name: str, args: TaskRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:TaskRole", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = args["tags"]
        trust = document(policies.tasks_may_assume, cluster_arn=args["cluster_arn"])

        task_role = aws.iam.Role(f"{name}-task-role", assume_role_policy=trust, tags=tags, opts=child)
        execution_role = aws.iam.Role(f"{name}-execution-role", assume_role_policy=trust, tags=tags, opts=child)
        aws.iam.RolePolicy(
            f"{name}-task-role-policy",
            role=task_role.name,
            policy=document(
                policies.task_role_policy,
                queue_arn=args["queue_arn"],
                dead_letter_queue_arn=args["dead_letter_queue_arn"],
                topic_arn=args["topic_arn"],
                key_arn=args["kms_key_arn"],
                cluster_arn=args["cluster_arn"],
                execute_command=args["enable_execute_command"],
                scale_in_protection=args["scale_in_protection"],
            ),
            opts=child,
        )
        aws.iam.RolePolicy(
            f"{name}-execution-role-policy",
            role=execution_role.name,
            policy=document(policies.execution_role_policy, log_group_arn=args["log_group_arn"], image=args["image"]),
            opts=child,
        )

        self.task_role_arn = task_role.arn
        self.task_role_name = task_role.name
        self.execution_role_arn = execution_role.arn
        self.register_outputs(
            {
                "task_role_arn": self.task_role_arn,
                "task_role_name": self.task_role_name,
                "execution_role_arn": self.execution_role_arn,
            }
        )
