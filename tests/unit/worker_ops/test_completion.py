"""What shells are told of the program: as each shell asks, and by scripts that it can read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from worker_ops.cli import app

SHELLS = {
    "bash": {"_WORKERS_COMPLETE": "complete_bash", "COMP_WORDS": "{line}", "COMP_CWORD": "{last}"},
    "zsh": {"_WORKERS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "{line}"},
    "fish": {
        "_WORKERS_COMPLETE": "complete_fish",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "_TYPER_COMPLETE_ARGS": "{line}",
    },
}


def completed(shell: str, line: str) -> Result:
    last = str(len(line.split(" ")) - 1)
    asked = {name: value.format(line=line, last=last) for name, value in SHELLS[shell].items()}
    return CliRunner().invoke(app, [], env=asked, prog_name="workers")


@pytest.mark.parametrize(
    ("line", "offered", "others"),
    [
        ("workers re", ["restart", "resume"], ["status", "console"]),
        ("workers dead-letters re", ["redrive"], ["restart", "purge"]),
        ("workers status --wa", ["--watch"], ["--json", "--stack"]),
        ("workers dead-letters edit --fi", ["--file"], ["--stack"]),
    ],
)
@pytest.mark.parametrize("shell", SHELLS)
def test_what_fits_is_offered(shell: str, line: str, offered: list[str], others: list[str]) -> None:
    told = completed(shell, line).stdout

    assert [word for word in (*offered, *others) if word in told] == offered


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_can_read_its_script(shell: str) -> None:
    # The program itself: its name is in the script, and what says which shell is read when it starts.
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    program = str(Path(sys.executable).with_name("workers"))
    script = subprocess.run(
        [program, "--show-completion", shell], env=environment, text=True, capture_output=True, check=True
    ).stdout
    assert f"_WORKERS_COMPLETE=complete_{shell}" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not on this machine")

    checked = subprocess.run([shell, "-n"], input=script, text=True, capture_output=True, check=False)

    assert (checked.returncode, checked.stderr) == (0, "")
