"""What `up` tells to paste."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from local.checkout import CHECKOUT
from local.commands.how_to_use import place_options
from worker_program.program import Program


def program(root: str) -> Program:
    return Program(Path(root), Path(root) / "__main__.py", "orders", "dev", {})


@pytest.mark.parametrize("root", ["/home/ada/orders", "/home/ada/my orders", "/home/ada/it's $HOME; `ls`"])
def test_a_command_names_the_program_as_a_shell_takes_it(root: str) -> None:
    assert shlex.split(place_options(program(root))) == ["--box", "--program", root]


def test_this_projects_program_needs_no_name() -> None:
    assert place_options(program(str(CHECKOUT))) == "--box"
