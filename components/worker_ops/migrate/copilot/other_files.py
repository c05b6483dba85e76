"""Files of a workspace beside the manifests: addons, overrides, buildspecs, and what nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from worker_ops.errors import OpsError
from worker_ops.migrate.field import Field, Place
from worker_ops.migrate.read_yaml import read_yaml
from worker_ops.migrate.report import Report

#: A workspace of a hundred services has fewer.
_MOST_FILES = 5_000
_YAML = (".yml", ".yaml")
_OVERRIDE = (
    "there is no CloudFormation template to patch: where an input says it use that, else change the component's"
    " resource by a transform (docs/adopt.md has one)"
)
_ENVIRONMENTS = "belongs to the environment's stack, and stays there until that goes: Retain, then import what you need"
_BY_TYPE = {
    "AWS::IAM::ManagedPolicy": "name its ARN in `managed_policy_arns`, or its statements in `task_policies`",
    "AWS::IAM::Policy": "name its statements in `task_policies`",
    "AWS::EC2::SecurityGroup": "name its id in `security_group_ids`",
    "AWS::SecretsManager::Secret": "name its ARN in `secrets`",
    "AWS::SSM::Parameter": "name its ARN in `secrets`, or its value in `environment`",
}
_STATE = (
    "it goes with the service's stack: set DeletionPolicy Retain before that is deleted, then import it into the"
    " program or leave it alone; rights on it come by `task_policies`"
)


def account_for_files(folder: Path, root: Path, workers: Iterable[str], known: set[str], report: Report) -> None:
    """Say of each file in the workspace's folder, but the `known` ones, what becomes of it; `workers` are folders."""
    workers = set(workers)
    for path in _files(folder):
        name = path.relative_to(root).as_posix()
        parts = list(path.relative_to(folder).parts)
        if name in known or (len(parts) > 1 and parts[0] not in (*workers, "environments", "pipelines")):
            continue
        if parts[0] == "environments":
            report.dropped(_whole(name), _ENVIRONMENTS)
        elif "overrides" in parts:
            report.by_hand(_whole(name), _OVERRIDE)
        elif "addons" in parts:
            _addon(path, root, name, report)
        elif path.name.startswith("buildspec"):
            report.by_hand(_whole(name), "what it does before the build comes into the input `unit_test_command`")
        else:
            report.not_understood(_whole(name), "Copilot reads no such file")


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.rglob("*"):
        if path.is_file() or path.is_symlink():
            found.append(path)
        if len(found) > _MOST_FILES:
            raise OpsError(f"{folder}: has over {_MOST_FILES} files; is it Copilot's folder?")
    return sorted(found)


def _whole(name: str) -> Field:
    """A file as a whole."""
    return Field(Place(name, 1, 1), (), {})


def _addon(path: Path, root: Path, name: str, report: Report) -> None:
    """A template of CloudFormation's: its resources and outputs are for a person, all else goes with it."""
    if path.suffix not in _YAML:
        report.by_hand(_whole(name), "Copilot deployed it with the service; keep it by hand")
        return
    template = read_yaml(path, root)
    resources, outputs = template.get("Resources"), template.get("Outputs")
    for resource in resources.fields.values() if resources else []:
        kind = resource.get("Type")
        told = _BY_TYPE.get((kind.text if kind else None) or "", _STATE)
        report.by_hand(resource, f"{kind.text if kind else 'a resource'}: {told}")
    for output, field in (outputs.fields if outputs else {}).items():
        report.by_hand(
            field,
            f"the container had it as {_snake_case(output)}, unless it is a policy or a security group: give it by"
            " `environment`, `secrets`, `managed_policy_arns` or `security_group_ids`",
        )
    for section, field in template.fields.items():
        if section not in ("Resources", "Outputs"):
            report.dropped(field, "goes with the template")


def _snake_case(name: str) -> str:
    """As Copilot names a container's variable after an output: MyTableName is MY_TABLE_NAME."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()
