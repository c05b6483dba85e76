"""The program `workers`: one set of commands for the box and for a deployed stack."""

from __future__ import annotations

import signal

import typer

from worker_ops.commands import dead_letters, migrate
from worker_ops.commands.aws_cli import aws
from worker_ops.commands.console import console
from worker_ops.commands.exec_command import exec_command
from worker_ops.commands.logs import logs
from worker_ops.commands.running import pause, restart, resume, rollback, scale
from worker_ops.commands.send import send
from worker_ops.commands.simulate import PASSED_ON, simulate
from worker_ops.commands.status import status

app = typer.Typer(
    name="workers",
    help="Operate worker services: in the box on this machine, in a deployed stack, or by a queue's URL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command in (status, logs, send, restart, rollback, scale, pause, resume, console, aws):
    app.command()(command)
app.command("exec")(exec_command)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(migrate.app, name="migrate")
app.command(context_settings=PASSED_ON)(simulate)


def main() -> None:
    """Run the program."""
    # What stops a terminal's or a machine's processes must release what is held, as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    app()
