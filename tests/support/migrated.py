"""Runs a project that the converter wrote, under mocks, with one of its stack files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.support.deploy import Deployment, deploy

#: For services whose first image is set by hand.
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "a" * 64
_UUID = "1234abcd-12ab-34cd-56ef-1234567890ab"
#: What a person fills in, by what stands there in capitals.
_FILLED = {
    "CONNECTION_ARN": f"arn:aws:codeconnections:eu-west-1:111122223333:connection/{_UUID}",
    "OWNER/REPOSITORY": "owner/repository",
    "SERVICE_DIR": "service",
    "STATE_BACKEND_URL": f"s3://state\n    secrets_provider: awskms:///arn:aws:kms:eu-west-1:111122223333:key/{_UUID}",
    "ACCOUNT_ID": '"111122223333"',
    "REGION": "eu-west-1",
}


def filled_in(stack_file: str) -> str:
    """The file of a pipeline's stack, as its guide asks for."""
    for blank, value in _FILLED.items():
        stack_file = stack_file.replace(f'"{blank}"', value).replace(blank, value)
    return stack_file


def deployed_stack(files: Mapping[str, str], service: str, stack: str, directory: Path) -> Deployment:
    """What the program of the service declares in the stack, with an image where the stack file has none."""
    program = directory / "program.py"
    program.write_text(files[f"{service}/__main__.py"])
    config = yaml.safe_load(files[f"{service}/Pulumi.{stack}.yaml"])["config"]
    image = {} if "image" in config.get(f"{service}:worker", {"image": ""}) else {f"{service}:image": IMAGE}
    return deploy(program, config={**config, **image}, project=service, stack=stack)
