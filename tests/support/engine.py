"""Drives the real Pulumi engine: the `pulumi` CLI on PATH, this project's program, and FakeAws for a provider.

Everything it writes, its state backend and home included, lies in one temporary directory.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.provider import Action, FakeAws, FakeAwsx, serving

ROOT = Path(__file__).parents[2]
PROGRAM = (
    "__main__.py",
    "stack_config.py",
    "components",
    "Pulumi.yaml",
    "Pulumi.dev.yaml",
    "Pulumi.pipeline.yaml",
    "Pulumi.production.yaml",
    "requirements.txt",
    # What the dev stack builds its image from.
    "worker",
)
COMMAND_TIMEOUT_SECONDS = 300
#: What tools leave behind in a checkout.
NOT_SOURCE = shutil.ignore_patterns(".venv", "__pycache__", "*.egg-info", "build")

needs_pulumi = pytest.mark.skipif(shutil.which("pulumi") is None, reason="the pulumi CLI is not on PATH")


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it did to the cloud."""

    exit_code: int
    output: str
    """What it printed, stdout and stderr as they came."""
    actions: list[Action]


@dataclass(frozen=True)
class Stack:
    """A stack of the program."""

    name: str
    directory: Path
    aws: FakeAws
    environment: Mapping[str, str]

    def preview(self, *options: str) -> Result:
        """What `up` would do."""
        return self._run("preview", *options)

    def up(self, *options: str, **config: str) -> Result:
        """Deploy, after setting config keys of the project."""
        pairs = [word for key, value in config.items() for word in ("--config", f"{key}={value}")]
        return self._run("up", "--yes", "--skip-preview", *pairs, *options)

    def interrupted_up(self, started: threading.Event) -> Result:
        """Deploy, and press Ctrl-C twice once `started` is set: the second ends what the first one waits for."""
        process = subprocess.Popen(
            self._command("up", "--yes", "--skip-preview"),
            cwd=self.directory,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert started.wait(COMMAND_TIMEOUT_SECONDS)
            process.send_signal(signal.SIGINT)
            time.sleep(1)  # the CLI takes two signals at once for one
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=COMMAND_TIMEOUT_SECONDS)
        finally:
            process.kill()
        return Result(process.returncode, output, [])

    def destroy(self) -> Result:
        """Delete everything, after the preview that refuses what is protected."""
        return self._run("destroy", "--yes")

    def unprotect(self) -> Result:
        """Take the protection off every resource, as a person who insists."""
        return self._run("state", "unprotect", "--all", "--yes")

    def outputs(self) -> dict[str, Any]:
        """What the program exported."""
        return json.loads(self._run("stack", "output", "--json").output)

    def resources(self) -> list[str]:
        """URNs of what the engine manages, the stack itself included."""
        deployment = json.loads(self._run("stack", "export").output)["deployment"]
        return [resource["urn"] for resource in deployment.get("resources", [])]

    def _command(self, *words: str) -> list[str]:
        return ["pulumi", *words, "--stack", self.name, "--non-interactive", "--color", "never"]

    def command(self, *command: str) -> Result:
        """Run any other command of the CLI on this stack."""
        return self._run(*command)

    def _run(self, *command: str) -> Result:
        before = len(self.aws.actions)
        done = _run(self._command(*command), self.directory, self.environment)
        return Result(done.returncode, done.stdout, self.aws.actions[before:])


@dataclass(frozen=True)
class Engine:
    """The CLI, with a home and a state of its own, and the cloud that it deploys to."""

    aws: FakeAws
    environment: Mapping[str, str]

    def run(self, directory: Path, *command: str) -> Result:
        """Run a command of the CLI that belongs to no stack."""
        done = _run(["pulumi", *command, "--non-interactive", "--color", "never"], directory, self.environment)
        return Result(done.returncode, done.stdout, [])

    def stack(self, program: Path, name: str) -> Stack:
        """A stack of a program that exists already."""
        return Stack(name, program, self.aws, self.environment)

    def new_stack(self, program: Path, name: str) -> Stack:
        """A stack that has not been deployed, with Pulumi.<name>.yaml for config."""
        init = self.run(program, "stack", "init", name)
        assert init.exit_code == 0, init.output
        return self.stack(program, name)


@contextmanager
def new_stack(directory: Path, name: str = "dev", environment: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """A stack that has not been deployed, with Pulumi.<name>.yaml for config, in a copy of the program.

    `environment` is added to the CLI's; the build of an image takes its AWS from it.
    """
    program = directory / "program"
    program.mkdir()
    for entry in PROGRAM:
        copy_source(entry, program)
    use_the_tests_environment(program)
    with engine(directory, environment) as running:
        yield running.new_stack(program, name)


def copy_source(entry: str, directory: Path) -> None:
    """Copy a file or folder of this checkout into a directory, at the same place in it."""
    source, target = ROOT / entry, directory / entry
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=NOT_SOURCE)
    else:
        shutil.copy(source, target)


def use_the_tests_environment(program: Path) -> None:
    """Give a program that names .venv the virtual environment that the tests run in, which takes no time."""
    (program / ".venv").symlink_to(sys.prefix)


@contextmanager
def engine(directory: Path, environment: Mapping[str, str] | None = None) -> Iterator[Engine]:
    """The CLI with its home and state in a directory; `environment` is added to its own."""
    (directory / "state").mkdir()
    aws = FakeAws()
    with serving(aws) as aws_port, serving(FakeAwsx()) as awsx_port:
        # The CLI wants the plugins of awsx's own requirements too; nothing asks them anything.
        providers = f"aws:{aws_port},awsx:{awsx_port},docker:{aws_port},docker-build:{aws_port}"
        yield Engine(aws, {**cli_environment(directory, providers), **(environment or {})})


def _run(command: list[str], directory: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=directory,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_TIMEOUT_SECONDS,
        check=False,
    )


def cli_environment(directory: Path, providers: str = "") -> dict[str, str]:
    """What the CLI needs to keep everything in `directory`, and the addresses of its providers."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "PULUMI_HOME": str(directory / "home"),
        "PULUMI_BACKEND_URL": f"file://{directory / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_DEBUG_PROVIDERS": providers,
        # Nothing that boto3 asks here may wait for a machine of AWS's.
        "AWS_EC2_METADATA_DISABLED": "true",
    }
