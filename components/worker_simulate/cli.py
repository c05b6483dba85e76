"""The commands of `workers simulate`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from worker_ops.screen import Screen
from worker_simulate.commands import COMPARED, run_compare, run_replay, run_spike, run_tune, run_usual
from worker_simulate.errors import SimulateError
from worker_simulate.options import Options

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


class _UsualByDefault(TyperGroup):
    """Without a command the usual loads are simulated."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command's name in its place."""
        is_named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if is_named else ["usual", *args])


app = typer.Typer(
    help="What this stack's scaling will do, and what it will cost: simulated, without an AWS account.",
    cls=_UsualByDefault,
    add_completion=False,
    pretty_exceptions_enable=False,
)

StackName = Annotated[str, typer.Option("--stack", help="The stack: Pulumi.STACK.yaml is its config.")]
Program = Annotated[Path, typer.Option("--program", help="Folder of the Pulumi program: where Pulumi.yaml is.")]
Service = Annotated[str | None, typer.Option("--service", help="The worker service, where there are several.")]
Seeds = Annotated[int, typer.Option("--seeds", help="Runs with other chances, 1 to 100; two more try other delays.")]
HandlerSeconds = Annotated[
    float | None, typer.Option("--handler-seconds", help="What a message really takes, if not what the config says.")
]
RetryPercent = Annotated[float, typer.Option("--retry-percent", help="Handled messages that ask for a later try.")]
RetrySeconds = Annotated[float, typer.Option("--retry-seconds", help="How long those wait for it.")]
Groups = Annotated[
    int | None, typer.Option("--groups", help="Groups that a FIFO queue's messages are of, 1 to 1,000,000.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for other programs.")]
FailIf = Annotated[
    list[str] | None,
    typer.Option("--fail-if", help="Exit 1 if the worst run is so, such as 'p95>60' or 'spike.drained>460'."),
]
Plot = Annotated[Path | None, typer.Option("--plot", help="Draw into this file: .png, .svg or .pdf.")]


def _common(
    program: Program = Path(),
    stack: StackName = "dev",
    service: Service = None,
    seeds: Seeds = 5,
    handler_seconds: HandlerSeconds = None,
    retry_percent: RetryPercent = 0,
    retry_seconds: RetrySeconds = 600,
    groups: Groups = None,
    as_json: AsJson = False,
    fail_if: FailIf = None,
    plot: Plot = None,
) -> Options:
    """The options of every command."""
    return Options(
        program,
        stack,
        service,
        seeds,
        handler_seconds,
        retry_percent,
        retry_seconds,
        groups,
        as_json,
        fail_if or (),
        plot,
    )


def _command(run: Callable[..., int]) -> Callable[..., int]:
    """Register a command: its function gets the options and the screen, and what it asks for itself."""
    common = inspect.signature(_common, eval_str=True).parameters
    own = list(inspect.signature(run, eval_str=True).parameters.values())[2:]

    def command(**given: Any) -> None:
        options = _common(**{name: given.pop(name) for name in common})
        _run(options, lambda screen: run(options, screen, **given))

    parameters = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in (*own, *common.values())]
    command.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]
    app.command(name=run.__name__, help=run.__doc__)(command)
    return run


@_command
def usual(options: Options, screen: Screen) -> int:
    """The usual loads, which is what happens without a command: steady, daily, spike, bursty, idle, cold."""
    return run_usual(options, screen)


@_command
def replay(
    options: Options,
    screen: Screen,
    path: Annotated[Path, typer.Argument(help="CSV of a moment and NumberOfMessagesSent, minute by minute.")],
) -> int:
    """What was really sent, from a CloudWatch export."""
    return run_replay(options, screen, path)


@_command
def spike(options: Options, screen: Screen, messages: Annotated[int, typer.Argument(metavar="N")]) -> int:
    """N messages at once."""
    return run_spike(options, screen, messages)


@_command
def compare(
    options: Options,
    screen: Screen,
    peers: Annotated[str, typer.Argument(metavar="PEERS", help="Separated by commas.")] = ",".join(COMPARED),
) -> int:
    """This stack's policy beside those of proton, copilot, cdk and keda."""
    return run_compare(options, screen, peers)


@_command
def tune(
    options: Options,
    screen: Screen,
    p95: Annotated[float, typer.Option("--p95", help="Seconds that p95 may be.")],
    load: Annotated[str, typer.Option("--load", help="One of the usual loads.")] = "bursty",
) -> int:
    """Cost against p95 over presets, fast_scaling and min_count."""
    return run_tune(options, screen, p95, load)


def _run(options: Options, command: Callable[[Screen], int]) -> None:
    """Run a command and exit: a problem is a sentence and exit code 2."""
    screen = Screen(as_json=options.as_json)
    try:
        code = command(screen)
    except SimulateError as error:
        sys.stderr.write(f"{error}\n")
        code = EXIT_BAD_INPUT
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = EXIT_INTERRUPTED
    raise typer.Exit(code)
