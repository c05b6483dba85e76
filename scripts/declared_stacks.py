"""What stacks of this project declare, for the tools that `make security` runs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.support.changed_inputs import CHANGES
from tests.support.deploy import deploy
from tests.support.everything import everything
from tests.support.recording import Resource

ROOT = Path(__file__).parent.parent
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "a" * 64
_NETWORK = {
    "vpc_id": "vpc-1",
    "public_subnet_ids": ["subnet-1"],
    "private_subnet_ids": ["subnet-2"],
    "cluster_arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/workers",
}


def stacks() -> Iterator[tuple[str, list[Resource]]]:
    """Each stack that comes with the project, a program with everything, and each example in Python."""
    for stack in ("dev", "production", "pipeline"):
        config = _config(ROOT / f"Pulumi.{stack}.yaml")
        own = {key: value for key, value in config.items() if ":" not in key}
        image = {} if {"image", "source"} & own.keys() else {"image": IMAGE}
        yield stack, deploy(ROOT / "__main__.py", config={**own, **image}).resources
    # Any folder with a service will do.
    with contextlib.chdir(ROOT / "examples" / "secrets"):
        yield "everything", deploy(lambda: everything("shop")).resources
    for program in sorted((ROOT / "examples").glob("*/__main__.py")):
        project = yaml.safe_load((program.parent / "Pulumi.yaml").read_text())["name"]
        with contextlib.chdir(program.parent):
            config = _config(program.parent / "Pulumi.dev.yaml")
            yield program.parent.name, deploy(program, config=config, project=project).resources


def changed_stacks() -> Iterator[tuple[str, list[Resource]]]:
    """The project's own program with another value of each input."""
    for key, change in CHANGES.items():
        config = {"image": IMAGE, **change.after}
        yield key, deploy(ROOT / "__main__.py", config=config, stack_outputs={"acme/network/prod": _NETWORK}).resources


def made_by_components(resources: Iterable[Resource]) -> list[Resource]:
    """Those that no program declares by itself: what an example brings along stands for what somebody has already."""
    return [resource for resource in resources if "::pulumi:pulumi:Stack::" not in resource.parent]


def _config(stack_file: Path) -> dict[str, Any]:
    return yaml.safe_load(stack_file.read_text())["config"]
