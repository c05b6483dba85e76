"""The Pulumi CLI, run on one stack."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.errors import BoxError

#: What of a person's environment would lead the CLI, or the program's own calls, out of the box.
_LEFT_OUT = ("PULUMI_", "AWS_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_HOW_TO_GET = "https://www.pulumi.com/docs/iac/download-install/ says how to install it, or leave --engine out"


@dataclass(frozen=True)
class PulumiCli:
    """Runs commands on one stack."""

    executable: str
    project: Path
    """The folder of the copied settings; the program stays where it is."""
    stack: str
    own_environment: dict[str, str]
    """What it needs beside a person's environment."""

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> PulumiCli:
        """Of what as_state made."""
        return cls(**{**state, "project": Path(state["project"])})

    def as_state(self) -> dict[str, Any]:
        """For the other commands of the box, as JSON."""
        return {**asdict(self), "project": str(self.project)}

    @property
    def environment(self) -> dict[str, str]:
        """All that it gets: a person's own environment, but for what leads out of the box."""
        kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_LEFT_OUT)}
        return {**kept, **self.own_environment}

    def run(self, *words: str) -> int:
        """Run a command in this terminal, and return its exit code."""
        process = subprocess.Popen(self.command(*words), cwd=self.project, env=self.environment)  # noqa: S603
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()
        # The CLI got the Ctrl-C as well, and ends what it has begun.
        process.wait()
        raise KeyboardInterrupt

    def output(self, *words: str) -> str:
        """What a command prints. Raises BoxError where it fails."""
        done = subprocess.run(  # noqa: S603
            self.command(*words), cwd=self.project, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise BoxError(f"pulumi {' '.join(words)} failed:\n{done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the stack's state: type, urn, inputs, outputs."""
        return json.loads(self.output("stack", "export"))["deployment"].get("resources", [])

    def command(self, *words: str) -> list[str]:
        """A command as it is started."""
        return [self.executable, *words, "--stack", self.stack]


def find_pulumi() -> str:
    """The CLI. Raises BoxError where there is none."""
    executable = shutil.which("pulumi")
    if executable is None:
        raise BoxError(f"the Pulumi CLI is not on PATH: {_HOW_TO_GET}")
    return executable
