"""The table of what the Pulumi CLI makes of a stack file, asked of the CLI itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.engine import COMMAND_TIMEOUT_SECONDS, cli_environment, needs_pulumi
from tests.support.stack_values import DECLARED, KEYS, REFUSED, VALUES

pytestmark = [pytest.mark.slow, needs_pulumi]

PROGRAM = """\
import os, pathlib
pathlib.Path("config.json").write_text(os.environ["PULUMI_CONFIG"])
"""


class Cli:
    """A stack of a program that writes down the config that it gets."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = cli_environment(folder)
        (folder / "state").mkdir()
        (folder / "__main__.py").write_text(PROGRAM)
        self._declare("")
        self._run("stack", "init", "dev").check_returncode()

    def config(self, config: str, declared: str = "") -> dict[str, str] | None:
        """What the program gets, or None where the CLI refuses the file."""
        self._declare(declared)
        (self._folder / "Pulumi.dev.yaml").write_text(f"config:\n  {config}\n")
        done = self._run("preview", "--stack", "dev")
        return None if done.returncode else json.loads((self._folder / "config.json").read_text())

    def _declare(self, declared: str) -> None:
        runtime = f"runtime: {{name: python, options: {{virtualenv: '{sys.prefix}'}}}}"
        (self._folder / "Pulumi.yaml").write_text(f"name: p\n{runtime}\n{declared}")

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *words, "--non-interactive"],  # noqa: S607
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    return Cli(tmp_path_factory.mktemp("program"))


def test_values_and_keys(cli: Cli) -> None:
    lines = [f"p:k{i}: {written}" for i, (written, _, _) in enumerate(VALUES)]
    listed = [f"p:l{i}:\n    - {written}" for i, (written, _, in_list) in enumerate(VALUES) if in_list]
    named = [f'"{written}": x' for written, _ in KEYS]

    config = cli.config("\n  ".join([*lines, *listed, *named]))

    assert config is not None
    assert [(written, config[f"p:k{i}"]) for i, (written, _, _) in enumerate(VALUES)] == [
        (written, text) for written, text, _ in VALUES
    ]
    assert [(written, config[f"p:l{i}"]) for i, (written, _, in_list) in enumerate(VALUES) if in_list] == [
        (written, in_list) for written, _, in_list in VALUES if in_list
    ]
    assert {config[key] for _, key in KEYS} == {"x"}


def test_refused_files(cli: Cli) -> None:
    assert [config for config in REFUSED if cli.config(config) is not None] == []


def test_declared_types(cli: Cli) -> None:
    for declared, fitting, misfitting in DECLARED:
        names = [f"k{i}" for i in range(len(fitting))]
        block = "config:\n" + "".join(f"  {name}: {declared}\n" for name in names)
        assert cli.config("\n  ".join(f"p:{name}: {value}" for name, value in zip(names, fitting, strict=True)), block)
        accepted = [
            value for value in misfitting if cli.config(f"p:k: {value}", f"config:\n  k: {declared}\n") is not None
        ]
        assert accepted == [], declared
