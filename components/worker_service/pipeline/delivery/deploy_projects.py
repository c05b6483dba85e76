"""The CodeBuild projects of the targets. One that `pulumi up` deploys has its own, whose role reaches it alone."""

from collections.abc import Mapping
from typing import Any

import pulumi

from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.artifact_store import ArtifactStore
from worker_service.pipeline.codebuild.build_project import BuildProject
from worker_service.pipeline.codebuild.deploy_buildspec import deploy_buildspec, mark_buildspec
from worker_service.pipeline.image.image_repository import ImageRepository
from worker_service.pipeline.pipeline_target import PipelineTarget, deployed_tag_prefix, role_arns, slug
from worker_service.policies.pipeline_roles import deploy_role_policy, mark_role_policy

#: Pulumi's CLI in the deploy projects.
PULUMI_VERSION = "3.274.1"

#: How long putting a tag may take.
MARK_TIMEOUT_MINUTES = 10

_S3 = "s3://"
_KMS = "awskms:///"


class DeployProjects:
    """Makes the project of each target of one pipeline; `args` are PipelineComponent's."""

    def __init__(
        self,
        name: str,
        args: Mapping[str, Any],
        *,
        store: ArtifactStore,
        key_arn: pulumi.Input[str],
        repository: ImageRepository,
        opts: pulumi.ResourceOptions,
    ) -> None:
        self._name = name
        self._args = args
        self._key_arn = key_arn
        self._repository_url = repository.repository_url
        self._common_policy_inputs = {
            "bucket_arn": store.bucket_arn,
            "key_arn": key_arn,
            "repository_arn": repository.repository_arn,
        }
        self._opts = opts

    def make(self) -> list[BuildProject]:
        """The project of each target, in their order.

        One project marks the images of all targets that ECS deploys: it reaches nothing but the repository.
        """
        targets = self._args["targets"]
        marking = [self._mark_project()] if any("ecs_service" in target for target in targets) else []
        return [marking[0] if "ecs_service" in target else self._deploy_project(target) for target in targets]

    def _mark_project(self) -> BuildProject:
        return self._project(
            f"{self._name}-mark",
            description="Marks the images that ECS deploys",
            buildspec=mark_buildspec(),
            environment={"REPOSITORY_URL": self._repository_url},
            policy=mark_role_policy,
            policy_inputs=self._common_policy_inputs,
            timeout_minutes=MARK_TIMEOUT_MINUTES,
        )

    def _deploy_project(self, target: PipelineTarget) -> BuildProject:
        stack = target["stack"]
        backend = self._args["state_backend_url"]
        secrets_provider = self._args["secrets_provider"]
        secrets = _secrets(self._args)
        role_arn = role_arns(self._key_arn, [target])[0]
        return self._project(
            f"{self._name}-{slug(stack)}-deploy",
            description=f"Deploys the stack {stack}",
            buildspec=deploy_buildspec(
                program_dir=self._args["program_dir"], secrets=secrets, test_command=target.get("test_command")
            ),
            environment={
                "STACK": stack,
                "TARGET_REGION": target.get("region", ""),
                "DEPLOY_ROLE_ARN": role_arn,
                "DEPLOYED_TAG_PREFIX": deployed_tag_prefix(stack),
                "REPOSITORY_URL": self._repository_url,
                "PULUMI_BACKEND_URL": backend,
                "PULUMI_SHA512": self._args.get("pulumi_sha512", ""),
                "PULUMI_VERSION": PULUMI_VERSION,
                "SECRETS_PROVIDER": secrets_provider,
            },
            policy=deploy_role_policy,
            policy_inputs={
                **self._common_policy_inputs,
                "target_role_arn": role_arn,
                "state_bucket": backend.removeprefix(_S3).split("?", 1)[0] if backend.startswith(_S3) else None,
                "secret_arns": sorted(secrets.values()),
                "secrets_key_arn": _secrets_key_arn(secrets_provider),
            },
            timeout_minutes=self._args["deploy_timeout_minutes"],
        )

    def _project(self, name: str, **own: Any) -> BuildProject:
        """A project with what the projects of all targets have in common."""
        return BuildProject(
            name,
            key_arn=self._key_arn,
            # What deploys need not be what runs: this is the cheaper machine that every region has.
            architecture=Architecture.X86_64,
            builds_images=False,
            in_pipeline=True,
            log_retention_days=self._args["log_retention_days"],
            log_kms_key_arn=self._args.get("log_kms_key_arn"),
            log_group_prefix=self._args.get("log_group_prefix"),
            protect=self._args["protect"],
            tags=self._args["tags"],
            opts=self._opts,
            **own,
        )


def _secrets(args: Mapping[str, Any]) -> dict[str, str]:
    """Pulumi's variables whose values lie in Secrets Manager."""
    variables = {
        "PULUMI_ACCESS_TOKEN": "access_token_secret_arn",
        "PULUMI_CONFIG_PASSPHRASE": "passphrase_secret_arn",
    }
    return {variable: args[key] for variable, key in variables.items() if key in args}


def _secrets_key_arn(secrets_provider: str) -> str | None:
    if not secrets_provider.startswith(_KMS):
        return None
    return secrets_provider.removeprefix(_KMS).split("?", 1)[0]
