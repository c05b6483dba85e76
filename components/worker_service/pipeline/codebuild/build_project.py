"""BuildProject: a CodeBuild project with a log group and a role of its own."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.inputs.aws_values import Architecture
from worker_service.inputs.names import log_group_name
from worker_service.policies.document import document
from worker_service.policies.pipeline_roles import codebuild_may_assume

#: CodeBuild's environment type and its current standard image for each architecture.
#: https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-available.html
ENVIRONMENTS = {
    Architecture.X86_64: ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:6.0"),
    Architecture.ARM64: ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:4.0"),
}
COMPUTE_TYPE = "BUILD_GENERAL1_SMALL"

#: What the quota of builds on these machines is called.
#: https://docs.aws.amazon.com/codebuild/latest/userguide/limits.html
QUOTA_NAMES = {Architecture.X86_64: "Linux/Small", Architecture.ARM64: "ARM/Small"}

#: The longest that a build waits for a machine before it fails.
QUEUED_TIMEOUT_MINUTES = 60


class BuildProject(pulumi.ComponentResource):
    """A CodeBuild project, its log group, and its role."""

    project_name: pulumi.Output[str]
    """Name of the project."""
    project_arn: pulumi.Output[str]
    """ARN of the project."""

    def __init__(
        self,
        name: str,
        *,
        description: str,
        key_arn: pulumi.Input[str],
        buildspec: Mapping[str, Any],
        environment: Mapping[str, pulumi.Input[str]],
        architecture: Architecture,
        builds_images: bool,
        in_pipeline: bool,
        policy: Callable[..., dict[str, Any]],
        policy_inputs: Mapping[str, pulumi.Input[Any]],
        timeout_minutes: int,
        log_retention_days: int,
        log_kms_key_arn: pulumi.Input[str] | None,
        log_group_prefix: str | None,
        protect: bool,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """The buildspec lies in the project, so that nobody changes it by a commit.

        `builds_images` runs Docker, which needs a privileged container. `in_pipeline` takes source and artifacts from
        CodePipeline; otherwise whoever starts a build says where its source lies. `policy` is a pure function to the
        policy of the project's role, called with `log_group_arn` and `policy_inputs`.
        """
        super().__init__("workers:index:BuildProject", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log-group",
            name=log_group_name(log_group_prefix, f"{name}-log-group"),
            retention_in_days=log_retention_days,
            kms_key_id=log_kms_key_arn,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=document(codebuild_may_assume, key_arn=key_arn, project_prefix=name),
            tags=tags,
            opts=child,
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}-role-policy",
            role=role.name,
            policy=document(policy, log_group_arn=log_group.arn, **policy_inputs),
            opts=child,
        )
        project = aws.codebuild.Project(
            name,
            description=description,
            service_role=role.arn,
            encryption_key=key_arn,
            source=_source(in_pipeline, json.dumps(buildspec, indent=2)),
            artifacts={"type": "CODEPIPELINE" if in_pipeline else "NO_ARTIFACTS"},
            environment=_environment(architecture, builds_images, environment),
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": log_group.name}},
            build_timeout=timeout_minutes,
            queued_timeout=QUEUED_TIMEOUT_MINUTES,
            tags=tags,
            # A build that starts before its role has its policy fails.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[role_policy]),
        )
        self.project_name = project.name
        self.project_arn = project.arn
        self.register_outputs({"project_name": self.project_name, "project_arn": self.project_arn})


def _source(in_pipeline: bool, buildspec: str) -> aws.codebuild.ProjectSourceArgsDict:
    return {"type": "CODEPIPELINE" if in_pipeline else "NO_SOURCE", "buildspec": buildspec}


def _environment(
    architecture: Architecture, builds_images: bool, variables: Mapping[str, pulumi.Input[str]]
) -> aws.codebuild.ProjectEnvironmentArgsDict:
    environment_type, image = ENVIRONMENTS[architecture]
    return {
        "type": environment_type,
        "image": image,
        "compute_type": COMPUTE_TYPE,
        "privileged_mode": builds_images,
        "environment_variables": [{"name": variable, "value": variables[variable]} for variable in sorted(variables)],
    }
