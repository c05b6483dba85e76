"""`workers simulate`: what scaling will do, and what it will cost. Its commands are those of `worker_simulate`."""

from __future__ import annotations

import sys

import typer

from worker_ops.options import EXIT_BAD_INPUT

app = typer.Typer(add_completion=False)


# All of the arguments are the simulator's own, `--help` too.
@app.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []})
def simulate(context: typer.Context) -> None:
    """Simulate this stack's scaling, without an AWS account: `workers simulate --help`."""
    try:
        from worker_simulate.cli import app as simulator  # noqa: PLC0415 - Pulumi and numpy take seconds to load
    except ModuleNotFoundError as error:
        sys.stderr.write(f"simulating needs {error.name}: pip install 'pulumi-worker-service[simulate]'\n")
        raise typer.Exit(EXIT_BAD_INPUT) from None
    simulator(context.args, prog_name="workers simulate")
