"""The engine attached to the box: the CLI, its providers, and a state that lives as long as the box."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from local.aws import NO_USER_SETTINGS, Aws
from local.emulator import ADMIN_CREDENTIALS
from local.engine.aws_plugin import AwsPlugin
from local.engine.awsx_plugin import AwsxPlugin
from local.engine.plugin import serving
from local.engine.pulumi_cli import PulumiCli, find_pulumi
from local.engine.settings import copy_settings
from local.errors import BoxError
from local.provisioner import Registered
from worker_program.program import Program

_PASSPHRASE_BYTES = 24


@contextmanager
def attached_engine(program: Program, aws: Aws, directory: Path) -> Iterator[PulumiCli]:
    """The CLI with an empty stack, whose resources are made in the emulator.

    Everything it writes lies in `directory`, which is emptied first and removed at the end: the state would name what
    is gone with the emulator. Raises BoxError where there is no CLI.
    """
    executable = find_pulumi()
    shutil.rmtree(directory, ignore_errors=True)
    project = directory / "project"
    for folder in (project, directory / "state"):
        folder.mkdir(parents=True, mode=0o700)
    copy_settings(program, project)
    with ExitStack() as serves:
        aws_port = serves.enter_context(serving(AwsPlugin(aws)))
        # The CLI wants the plugins of awsx's own requirements too; nothing asks them anything.
        ports = {
            "aws": aws_port,
            "awsx": serves.enter_context(serving(AwsxPlugin(aws))),
            "docker": aws_port,
            "docker-build": aws_port,
        }
        cli = PulumiCli(executable, project, program.stack, _environment(directory, aws, ports))
        cli.output("stack", "init")
        try:
            yield cli
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def deploy(cli: PulumiCli) -> list[Registered]:
    """`pulumi up` in this terminal; what is registered then. Raises BoxError where it fails."""
    if cli.run("up", "--yes", "--skip-preview"):
        raise BoxError("pulumi up failed: the lines above say why")
    return registered_in(cli)


def registered_in(cli: PulumiCli) -> list[Registered]:
    """What the stack's state has. Raises BoxError."""
    return [
        Registered(resource["type"], resource["urn"].rpartition("::")[2], resource.get("outputs", {}))
        for resource in cli.resources()
    ]


def _environment(directory: Path, aws: Aws, ports: Mapping[str, int]) -> dict[str, str]:
    """What the CLI needs to keep everything in `directory`, and to find the box."""
    return {
        # The image build calls AWS itself.
        **NO_USER_SETTINGS,
        **ADMIN_CREDENTIALS,
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "PULUMI_HOME": str(directory / "home"),
        "PULUMI_BACKEND_URL": f"file://{directory / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(_PASSPHRASE_BYTES),
        "PULUMI_DEBUG_PROVIDERS": ",".join(f"{name}:{port}" for name, port in ports.items()),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
