"""Every command of `workers` that the documentation shows is one that it takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from worker_ops.cli import app

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").glob("*.md")))]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
IN_BLOCK = re.compile(r"^(?:\.venv/bin/)?workers (.+)$", re.MULTILINE)
IN_SENTENCE = re.compile(r"`workers ([^`\n]+)`")


def _commands(page: str) -> list[str]:
    text = (ROOT / page).read_text()
    return [*(line for block in BLOCK.findall(text) for line in IN_BLOCK.findall(block)), *IN_SENTENCE.findall(text)]


def test_the_guide_shows_commands() -> None:
    assert len(_commands("docs/operate.md")) > 30


@pytest.mark.parametrize(("page", "command"), [(page, command) for page in PAGES for command in _commands(page)])
def test_a_command_is_taken(page: str, command: str) -> None:
    found: Any = typer.main.get_command(app)
    words = shlex.split(command, comments=True)
    if words[0].startswith("--"):
        assert any(words[0] in parameter.opts for parameter in found.params)
        return
    while hasattr(found, "get_command") and words:
        found = found.get_command(None, words.pop(0))
        assert found, f"{page}: {command}"
    if not hasattr(found, "get_command") and found.params and _is_whole(words, found):
        assert found.make_context("workers", words).params


def _is_whole(words: list[str], command: Any) -> bool:
    """Whether the text names what the command requires; a sentence may name the command alone."""
    return bool(words) or not any(parameter.required for parameter in command.params)


def _helps() -> list[str]:
    program: Any = typer.main.get_command(app)
    commands = [program.get_command(None, name) for name in program.list_commands(None) if name != "simulate"]
    alone = [command for command in commands if not hasattr(command, "commands")]
    grouped = [one for group in commands if hasattr(group, "commands") for one in group.commands.values()]
    return [command.help for command in (*alone, *grouped)]


def test_every_command_has_a_help() -> None:
    assert len(_helps()) == 20


@pytest.mark.parametrize("help_text", _helps())
def test_a_commands_help_has_an_example_that_it_takes_and_the_rights_that_it_needs(help_text: str) -> None:
    (example,) = re.findall(r"^Example: workers (.*)$", help_text, re.MULTILINE)

    test_a_command_is_taken("--help", example)
    assert re.search(r"^Rights: .*\.$", help_text, re.MULTILINE)
