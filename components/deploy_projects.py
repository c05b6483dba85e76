"""The CodeBuild projects of the targets. One that `pulumi up` deploys has its own, whose role reaches it alone."""

from collections.abc import Mapping
from typing import Any, cast

import pulumi

from components import defaults, pipeline_policies
from components.build_project import BuildProject, BuildProjectArgs
from components.buildspec import deploy_buildspec, mark_buildspec
from components.image_repository import ImageRepository
from components.limits import Architecture
from components.targets import PipelineTarget, deployed_tag_prefix, role_arns, slug

#: Pulumi's CLI in the deploy projects.
PULUMI_VERSION = "3.274.1"

#: How long `pulumi up` and the target's tests may take: ECS waits up to its deployment timeout for healthy tasks.
DEPLOY_TIMEOUT_MINUTES = 60

#: How long putting a tag may take.
MARK_TIMEOUT_MINUTES = 10

_S3 = "s3://"
_KMS = "awskms:///"


def deploy_projects(
    name: str,
    args: Mapping[str, Any],
    *,
    bucket_arn: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    repository: ImageRepository,
    opts: pulumi.ResourceOptions,
) -> list[BuildProject]:
    """The project of each target, in their order; `args` are PipelineComponent's.

    One project marks the images of all targets that ECS deploys: it reaches nothing but the repository.
    """
    targets = args.get("targets", [])
    needs = {"bucket_arn": bucket_arn, "key_arn": key_arn, "repository_arn": repository.repository_arn}
    marking = [_mark_project(name, args, needs, repository, opts)] if any("ecs_service" in t for t in targets) else []
    return [
        marking[0] if "ecs_service" in target else _deploy_project(name, args, target, needs, repository, opts)
        for target in targets
    ]


def _mark_project(
    name: str,
    args: Mapping[str, Any],
    needs: Mapping[str, pulumi.Input[str]],
    repository: ImageRepository,
    opts: pulumi.ResourceOptions,
) -> BuildProject:
    return BuildProject(
        f"{name}-mark",
        {
            **_common(args, needs),
            "description": "Marks the images that ECS deploys",
            "buildspec": mark_buildspec(),
            "environment": {"REPOSITORY_URL": repository.repository_url},
            "policy": pipeline_policies.mark_role_policy,
            "policy_inputs": needs,
            "timeout_minutes": MARK_TIMEOUT_MINUTES,
        },
        opts,
    )


def _deploy_project(
    name: str,
    args: Mapping[str, Any],
    target: PipelineTarget,
    needs: Mapping[str, pulumi.Input[str]],
    repository: ImageRepository,
    opts: pulumi.ResourceOptions,
) -> BuildProject:
    stack = target["stack"]
    backend = args["state_backend_url"]
    secrets_provider = args.get("secrets_provider", defaults.SECRETS_PROVIDER)
    secrets = _secrets(args)
    role_arn = role_arns(needs["key_arn"], [target])[0]
    return BuildProject(
        f"{name}-{slug(stack)}-deploy",
        {
            **_common(args, needs),
            "description": f"Deploys the stack {stack}",
            "buildspec": deploy_buildspec(
                program_dir=args.get("program_dir", defaults.PROGRAM_DIR),
                secrets=secrets,
                test_command=target.get("test_command"),
            ),
            "environment": {
                "STACK": stack,
                "TARGET_REGION": target.get("region", ""),
                "DEPLOY_ROLE_ARN": role_arn,
                "DEPLOYED_TAG_PREFIX": deployed_tag_prefix(stack),
                "REPOSITORY_URL": repository.repository_url,
                "PULUMI_BACKEND_URL": backend,
                "PULUMI_VERSION": PULUMI_VERSION,
                "SECRETS_PROVIDER": secrets_provider,
            },
            "policy": pipeline_policies.deploy_role_policy,
            "policy_inputs": {
                **needs,
                "target_role_arn": role_arn,
                "state_bucket": backend.removeprefix(_S3).split("?", 1)[0] if backend.startswith(_S3) else None,
                "secret_arns": sorted(secrets.values()),
                "secrets_key_arn": _secrets_key_arn(secrets_provider),
            },
            "timeout_minutes": DEPLOY_TIMEOUT_MINUTES,
        },
        opts,
    )


def _common(args: Mapping[str, Any], needs: Mapping[str, pulumi.Input[str]]) -> BuildProjectArgs:
    """What the projects of all targets have in common; each adds the rest."""
    common = {
        "key_arn": needs["key_arn"],
        # What deploys need not be what runs: this is the cheaper machine that every region has.
        "architecture": Architecture.X86_64,
        "builds_images": False,
        "in_pipeline": True,
        "log_retention_days": args.get("log_retention_days", defaults.LOG_RETENTION_DAYS),
        "protect": args.get("protect", defaults.PROTECT),
        "tags": args.get("tags", {}),
    }
    return cast("BuildProjectArgs", common)


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
