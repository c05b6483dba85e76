"""`pulumi`: a command of the CLI on the stack of a box that `up --engine pulumi` keeps running."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from local.box_state import read_state
from local.engine.pulumi_cli import PulumiCli
from local.engine.settings import copy_settings
from local.errors import BoxError
from worker_program.program import read_program


def run_pulumi(root: Path, words: Sequence[str]) -> int:
    """Run the command, and return its exit code. The stack's settings are read anew. Raises BoxError."""
    state = read_state(root)
    if state.pulumi is None:
        raise BoxError("this box ran the program itself: start it with `python -m local up --engine pulumi`")
    if not words:
        raise BoxError("say which command: preview, up, refresh, destroy, stack, state ...")
    if words[0] == "config":
        raise BoxError(f"the config is in Pulumi.{state.stack}.yaml: edit it there, each command reads it anew")
    cli = PulumiCli.from_state(state.pulumi)
    copy_settings(read_program(root, state.stack), cli.project)
    return cli.run(*words)
