"""BuildProject: a CodeBuild project with a log group and a role of its own."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from components import pipeline_policies
from components.documents import document
from components.limits import Architecture

#: CodeBuild's environment type and its current standard image for each architecture.
#: https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
ENVIRONMENTS = {
    Architecture.X86_64: ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:6.0"),
    Architecture.ARM64: ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:4.0"),
}
COMPUTE_TYPE = "BUILD_GENERAL1_SMALL"

#: The longest that a build waits for a machine before it fails.
QUEUED_TIMEOUT_MINUTES = 60


class BuildProjectArgs(TypedDict):
    """Arguments of BuildProject."""

    description: str
    """What the project is for, as the console shows it."""
    key_arn: pulumi.Input[str]
    """KMS key of its artifacts."""
    buildspec: Mapping[str, Any]
    """What it runs. It lies in the project, so that nobody changes it by a commit."""
    environment: Mapping[str, pulumi.Input[str]]
    """Environment variables of every build."""
    architecture: Architecture
    """Architecture of the machine."""
    builds_images: bool
    """Let it run Docker, which needs a privileged container."""
    in_pipeline: bool
    """Take source and artifacts from CodePipeline; otherwise whoever starts a build says where its source lies."""
    policy: Callable[..., dict[str, Any]]
    """Pure function to the policy of its role; called with `log_group_arn` and the inputs below."""
    policy_inputs: Mapping[str, pulumi.Input[Any]]
    """What the policy is made from."""
    timeout_minutes: int
    """How long a build may run."""
    log_retention_days: int
    """Days that its log is kept."""
    protect: bool
    """Refuse deletion of the log group, and keep it where it is forced."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of project, role and log group."""


class BuildProject(pulumi.ComponentResource):
    """A CodeBuild project, its log group, and its role."""

    project_name: pulumi.Output[str]
    """Name of the project."""
    project_arn: pulumi.Output[str]
    """ARN of the project."""

    def __init__(self, name: str, args: BuildProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:BuildProject", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        protect = args["protect"]
        tags = args["tags"]
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log-group",
            retention_in_days=args["log_retention_days"],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=document(
                pipeline_policies.codebuild_may_assume, key_arn=args["key_arn"], project_prefix=name
            ),
            tags=tags,
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-role-policy",
            role=role.name,
            policy=document(args["policy"], log_group_arn=log_group.arn, **args["policy_inputs"]),
            opts=child,
        )
        project = aws.codebuild.Project(
            name,
            description=args["description"],
            service_role=role.arn,
            encryption_key=args["key_arn"],
            source=_source(args["in_pipeline"], json.dumps(args["buildspec"], indent=2)),
            artifacts={"type": "CODEPIPELINE" if args["in_pipeline"] else "NO_ARTIFACTS"},
            environment=_environment(args),
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": log_group.name}},
            build_timeout=args["timeout_minutes"],
            queued_timeout=QUEUED_TIMEOUT_MINUTES,
            tags=tags,
            # A build that starts before its role has its policy fails.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.project_name = project.name
        self.project_arn = project.arn
        self.register_outputs({"project_name": self.project_name, "project_arn": self.project_arn})


def _source(in_pipeline: bool, buildspec: str) -> aws.codebuild.ProjectSourceArgsDict:
    return {"type": "CODEPIPELINE" if in_pipeline else "NO_SOURCE", "buildspec": buildspec}


def _environment(args: BuildProjectArgs) -> aws.codebuild.ProjectEnvironmentArgsDict:
    environment_type, image = ENVIRONMENTS[args["architecture"]]
    return {
        "type": environment_type,
        "image": image,
        "compute_type": COMPUTE_TYPE,
        "privileged_mode": args["builds_images"],
        "environment_variables": [
            {"name": variable, "value": args["environment"][variable]} for variable in sorted(args["environment"])
        ],
    }
