"""Every command of the box that the documentation shows is one that it takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from local.cli import app

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/box.md", "examples/own-repository/README.md"]
#: In a block or between backticks; a sentence may name the program alone.
COMMAND = re.compile(r"python -m local ([a-z][^`\n]*)")


def _commands(page: str) -> list[str]:
    return COMMAND.findall((ROOT / page).read_text())


def test_the_guides_show_commands() -> None:
    assert len(_commands("docs/box.md")) >= 6
    assert len(_commands("examples/own-repository/README.md")) == 4


@pytest.mark.parametrize(("page", "command"), [(page, command) for page in PAGES for command in _commands(page)])
def test_a_command_is_taken(page: str, command: str) -> None:
    name, *arguments = shlex.split(command)
    group = typer.main.get_command(app)
    found = group.get_command(None, name)  # type: ignore[attr-defined, arg-type]

    assert found, f"there is no command {name}"
    assert found.make_context(name, arguments).params
