"""What is wrong between the arguments of a PipelineComponent, and with the folder that it is to build."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from worker_service.inputs.arns import place_of
from worker_service.pipeline.build_options import build_option_conflicts
from worker_service.pipeline.choices import PipelineSource
from worker_service.pipeline.image.build_context import BuildContext
from worker_service.pipeline.inputs import PIPELINE_ROWS
from worker_service.pipeline.pipeline_target import slug, target_problems

#: Arguments that only some sources understand.
_GIT_ONLY = ("connection_arn", "repository_id", "branch")
_DELIVERY_ONLY = (
    "targets",
    "program_dir",
    "pulumi_sha512",
    "deploy_timeout_minutes",
    "state_backend_url",
    "access_token_secret_arn",
    "passphrase_secret_arn",
    "secrets_provider",
    "notification_topic_arn",
    "notification_key_arn",
    "notification_email",
)
_BACKEND = ("state_backend_url", "access_token_secret_arn", "passphrase_secret_arn", "secrets_provider")
_HTTPS = "https://"


def pipeline_conflicts(args: Mapping[str, Any], misfitting: Collection[str]) -> list[str]:
    """A sentence for each; `args` have their defaults, and those that misfit by themselves are left alone."""
    if "source" not in args or "source" in misfitting:
        return []
    source = PipelineSource(args["source"])
    problems = [] if "build_secrets" in misfitting else list(build_option_conflicts(args))
    return [*problems, *_source_conflicts(source, args, misfitting)]


def _source_conflicts(source: PipelineSource, args: Mapping[str, Any], misfitting: Collection[str]) -> list[str]:
    if source == PipelineSource.DIRECTORY:
        folder = [] if {"service_dir", "dockerfile"} & set(misfitting) else _folder_problems(args)
        return [*_out_of_place(args, source, _GIT_ONLY + _DELIVERY_ONLY), *folder]
    problems = [*_source_problems(args, source), *_notification_problems(args)]
    if "targets" in misfitting:
        return problems
    targets = args["targets"]
    problems += [*_twice(targets), *_shared_roles(targets)]
    if not {"connection_arn", "environment_account_ids"} & set(misfitting):
        problems += _without_image(args, targets)
    problems += [line for i, target in enumerate(targets) for line in target_problems(f"targets[{i}]", target)]
    if all("ecs_service" in target for target in targets) or set(_BACKEND) & set(misfitting):
        return problems
    return [*problems, *_backend_problems(args)]


def _source_problems(args: Mapping[str, Any], source: PipelineSource) -> list[str]:
    if source == PipelineSource.S3:
        return _out_of_place(args, source, _GIT_ONLY)
    return [f"{key}: required with source connection" for key in ("connection_arn", "repository_id") if key not in args]


def _out_of_place(args: Mapping[str, Any], source: PipelineSource, keys: Sequence[str]) -> list[str]:
    """Keys that were given though the source does not know them; a default says nothing."""
    return [
        f"{key}: has no meaning with source {source.value}; leave it out"
        for key in keys
        if key in args and (args[key] or None) != (PIPELINE_ROWS[key].default or None)
    ]


def _folder_problems(args: Mapping[str, Any]) -> list[str]:
    folder = args["service_dir"]
    dockerfile = args["dockerfile"]
    if not Path(folder).is_dir():
        return [f"service_dir: {folder!r} is not a folder beside Pulumi.yaml"]
    if not Path(folder, dockerfile).is_file():
        return [f"dockerfile: {dockerfile!r} is not a file in {folder!r}"]
    return [f"service_dir: {problem}" for problem in BuildContext(folder, dockerfile=dockerfile).problems]


def _twice(targets: Sequence[Mapping[str, Any]]) -> list[str]:
    """Stacks whose last part is the same: stages and deploy projects are named by it."""
    counts = Counter(slug(target["stack"]) for target in targets)
    return [
        f"targets: stack {name!r} stands {count} times; give each stack one target"
        for name, count in counts.items()
        if count > 1
    ]


def _shared_roles(targets: Sequence[Mapping[str, Any]]) -> list[str]:
    """Roles of several targets: the role that DeployRole makes trusts what deploys one."""
    counts = Counter((target["account_id"], target["deploy_role"]) for target in targets)
    return [
        f"targets: deploy_role {role!r} in {account_id} stands {count} times; give each target a role of its own"
        for (account_id, role), count in counts.items()
        if count > 1
    ]


def _without_image(args: Mapping[str, Any], targets: Sequence[Mapping[str, Any]]) -> list[str]:
    """Targets whose tasks could not pull the image, where the pipeline's own account is known: by its connection."""
    if "connection_arn" not in args:
        return []
    own = place_of(args["connection_arn"]).account_id
    pulling = {own, *args["environment_account_ids"]}
    return [
        f"targets[{i}].account_id: {target['account_id']!r} may not pull the image: it is neither the connection's"
        f" account {own} nor in environment_account_ids"
        for i, target in enumerate(targets)
        if target["account_id"] not in pulling
    ]


def _backend_problems(args: Mapping[str, Any]) -> list[str]:
    backend = args.get("state_backend_url")
    if backend is None:
        return ["state_backend_url: required to run `pulumi up` for the targets"]
    problems = []
    if backend.startswith(_HTTPS) and "access_token_secret_arn" not in args:
        problems.append("access_token_secret_arn: required with an https backend")
    if not backend.startswith(_HTTPS) and args["secrets_provider"] == "default":
        problems.append("secrets_provider: an s3 backend has no default; give passphrase or awskms:///KEY_ARN")
    if args["secrets_provider"] == "passphrase" and "passphrase_secret_arn" not in args:
        problems.append("passphrase_secret_arn: required with secrets_provider passphrase")
    return problems


def _notification_problems(args: Mapping[str, Any]) -> list[str]:
    if "notification_topic_arn" in args and "notification_email" in args:
        return ["notification_topic_arn, notification_email: give one of them"]
    if "notification_key_arn" in args and "notification_topic_arn" not in args:
        return ["notification_key_arn: is the key of notification_topic_arn; give that too, or leave it out"]
    return []
