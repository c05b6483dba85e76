"""Runs a project that the converter wrote, under mocks, with one of its stack files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.support.deploy import Deployment, deploy

#: For services whose first image is set by hand.
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "a" * 64


def deployed_stack(files: Mapping[str, str], service: str, stack: str, directory: Path) -> Deployment:
    """What the program of the service declares in the stack, with an image where the stack file has none."""
    program = directory / "program.py"
    program.write_text(files[f"{service}/__main__.py"])
    config = yaml.safe_load(files[f"{service}/Pulumi.{stack}.yaml"])["config"]
    image = {} if "image" in config.get(f"{service}:worker", {"image": ""}) else {f"{service}:image": IMAGE}
    return deploy(program, config={**config, **image}, project=service, stack=stack)
