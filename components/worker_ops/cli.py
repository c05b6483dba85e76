"""The program `workers`: one set of commands for the box and for a deployed stack."""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from worker_ops.streams import drop, prepare_streams, tell

#: Where each command is: `module:name` in `worker_ops.commands`.
_COMMANDS = {
    "status": "status:status",
    "logs": "logs:logs",
    "send": "send:send",
    "restart": "running:restart",
    "rollback": "running:rollback",
    "scale": "running:scale",
    "pause": "running:pause",
    "resume": "running:resume",
    "console": "console:console",
    "aws": "aws_cli:aws",
    "exec": "exec_command:exec_command",
    "simulate": "simulate:app",
    "dead-letters": "dead_letters:app",
    "migrate": "migrate:app",
}


class _Commands(TyperGroup):
    """Loads a command when it is asked for: all of them take longer than most of them work."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - by typer
        """Their names, without loading one."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command; None where there is none of that name."""
        # A name that is misspelt is compared with those of all.
        for name in [cmd_name] if cmd_name in _COMMANDS else _COMMANDS:
            if name not in self.commands:
                self.add_command(_loaded(name), name)
        return super().get_command(ctx, cmd_name)


def _loaded(name: str) -> Any:
    module, _, attribute = _COMMANDS[name].partition(":")
    found = getattr(import_module(f"worker_ops.commands.{module}"), attribute)
    if isinstance(found, typer.Typer):
        return typer.main.get_command(found)
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)


app = typer.Typer(name="workers", cls=_Commands, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def _program() -> None:
    """Operate worker services: in the box on this machine, in a deployed stack, or by a queue's URL."""


def main() -> None:
    """Run the program."""
    # What stops a terminal's or a machine's processes must release what is held, as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    prepare_streams()
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except OSError as error:
        # A disk that is full, a terminal that is gone. Commands tell of their own files themselves.
        drop(sys.stdout)
        tell(f"{error.filename or 'the answer'} cannot be written: {error.strerror}")
        sys.exit(1)
