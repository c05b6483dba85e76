"""The commands of `python -m local`."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError

from local.aws import leave_out_users_settings
from local.box_options import BoxOptions
from local.box_state import only_box
from local.commands.publish import run_publish
from local.commands.redrive import run_redrive
from local.commands.status import run_status
from local.errors import BoxError
from local.screen import Screen
from local.workers.service_folder import read_given_folders
from worker_program.errors import ProgramError
from worker_program.program import read_program

_RunBox = Callable[[BoxOptions, Screen], int]

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    help="The cloud in a box: the whole stack on this machine, without an AWS account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Stack = Annotated[str, typer.Option(help="The stack: Pulumi.STACK.yaml is its config.")]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="The emulator's port; 0 takes any free one.")]
ProgramFolder = Annotated[Path, typer.Option("--program", help="Folder of the Pulumi program: where Pulumi.yaml is.")]
CodeFolders = Annotated[
    list[str] | None,
    typer.Option(
        "--service",
        metavar="[NAME=]PATH",
        help="Folder of a worker service's code, where the program does not build its image; may be given again.",
    ),
]
ServiceName = Annotated[
    str | None, typer.Option("--service", help="The worker service, where the program has more than one.")
]


@app.command()
def demo(stack: Stack = "dev", service: CodeFolders = None, port: Port = 0) -> None:
    """Run the whole stack with 50 sample orders, 3 of them malformed, and stop."""

    def load() -> _RunBox:
        from local.commands.demo import run_demo  # noqa: PLC0415 - see _run_box

        return run_demo

    _run_box(Path(), stack, service or [], port, load)


@app.command()
def up(
    program: ProgramFolder = Path(),
    stack: Stack = "dev",
    service: CodeFolders = None,
    port: Port = 4566,
) -> None:
    """Run the whole stack and stay, until Ctrl-C. Edited code is run by itself."""

    def load() -> _RunBox:
        from local.commands.up import run_up  # noqa: PLC0415 - see _run_box

        return run_up

    _run_box(program, stack, service or [], port, load)


@app.command()
def publish(
    text: Annotated[str | None, typer.Argument(help="One message.")] = None,
    file: Annotated[Path | None, typer.Option(help="JSON Lines: 1 to 10,000 messages, one a line.")] = None,
    group: Annotated[str | None, typer.Option(help="Message group of each, which a FIFO topic needs.")] = None,
    program: ProgramFolder = Path(),
    service: ServiceName = None,
) -> None:
    """Publish to the running box's topic."""
    _run(lambda screen: run_publish(program.resolve(), service, text, file, screen, group))


@app.command()
def status(program: ProgramFolder = Path()) -> None:
    """Show the running box: queues, workers, denials."""
    _run(lambda screen: run_status(program.resolve(), screen))


@app.command()
def redrive(program: ProgramFolder = Path(), service: ServiceName = None) -> None:
    """Move the running box's dead letters back to the queue."""
    _run(lambda screen: run_redrive(program.resolve(), service, screen))


def _run_box(folder: Path, stack: str, code_folders: list[str], port: int, load: Callable[[], _RunBox]) -> None:
    """Run a command that is a box of its own. Loading it takes seconds: what can be refused is refused before."""

    def command(screen: Screen) -> int:
        program = read_program(folder.resolve(), stack)
        given = read_given_folders(code_folders)
        with only_box(program.root):
            with screen.phase("Loading Pulumi and the emulator"):
                run = load()
            return run(BoxOptions(program, given, port), screen)

    _run(command)


def _run(command: Callable[[Screen], int | None]) -> None:
    """Run a command and exit: a problem is a sentence and exit code 2, and no signal skips the clean-up."""
    # What stops a terminal's or a machine's processes must stop the box as Ctrl-C does.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    leave_out_users_settings()
    screen = Screen()
    try:
        code = command(screen) or 0
    except (BoxError, ProgramError) as error:
        sys.stderr.write(f"{error}\n")
        code = EXIT_BAD_INPUT
    except (ClientError, BotoCoreError) as error:
        sys.stderr.write(f"the box did not answer as it should: {error}\n")
        code = 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; everything is stopped\n")
        code = EXIT_INTERRUPTED
    # Python ends by collecting garbage, which takes a second and more for all that Pulumi and moto have loaded.
    gc.freeze()
    raise typer.Exit(code)
