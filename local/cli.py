"""The commands of `python -m local`."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from local.aws import leave_out_users_settings
from local.box_options import BoxOptions, Engine
from local.box_state import only_box
from local.commands.publish import run_publish
from local.commands.pulumi import run_pulumi
from local.commands.redrive import run_redrive
from local.commands.status import run_status
from local.config_check import check_config
from local.engine.pulumi_cli import find_pulumi
from local.errors import BoxError
from local.screen import Screen
from local.workers.service_folder import read_given_folders
from worker_ops.streams import tell
from worker_program.errors import ProgramError
from worker_program.program import read_program

_RunBox = Callable[[BoxOptions, Screen], int]

_ASK_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

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
EngineName = Annotated[
    Engine, typer.Option(help="Who runs the program: the box, or the Pulumi CLI on PATH with the box for a provider.")
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

    _run_box(Path(), load, stack=stack, folders=service, port=port, folds_pipeline=True)


@app.command()
def up(
    program: ProgramFolder = Path(),
    stack: Stack = "dev",
    service: CodeFolders = None,
    port: Port = 4566,
    speed: Annotated[int, typer.Option(min=1, max=100, help="How many times as fast alarms and schedules act.")] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="Count the workers' log lines, and do not show them.")] = False,
    engine: EngineName = Engine.BOX,
) -> None:
    """Run the whole stack and stay, until Ctrl-C. Edited code is run by itself."""

    def load() -> _RunBox:
        from local.commands.up import run_up  # noqa: PLC0415 - see _run_box

        return run_up

    _run_box(program, load, stack=stack, folders=service, port=port, speed=speed, quiet=quiet, engine=engine)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def pulumi(context: typer.Context, program: ProgramFolder = Path()) -> None:
    """Run a command of the Pulumi CLI on the running box's stack: preview, up, refresh, destroy."""
    _run(lambda _screen: run_pulumi(program.resolve(), context.args))


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


def _run_box(
    folder: Path, load: Callable[[], _RunBox], *, stack: str, folders: list[str] | None, port: int, **more: Any
) -> None:
    """Run a command that is a box of its own. Loading it takes seconds: what can be refused is refused before."""

    def command(screen: Screen) -> int:
        program = read_program(folder.resolve(), stack)
        given = read_given_folders(folders or [])
        if more.get("engine") is Engine.PULUMI:
            find_pulumi()
        with only_box(program.root) as unseen:
            if unseen:
                screen.say(unseen, "yellow")
            try:
                with screen.phase("Loading Pulumi"):
                    check_config(program)
                with screen.phase("Loading the emulator"):
                    run = load()
                return run(BoxOptions(program, given, port, **more), screen)
            finally:
                _end_undisturbed()

    _run(command)


def _run(command: Callable[[Screen], int | None]) -> None:
    """Run a command and exit: a problem is a sentence and exit code 2, and no signal skips the clean-up."""
    _listen_to_signals()
    leave_out_users_settings()
    screen = Screen()
    try:
        code = command(screen) or 0
    except (BoxError, ProgramError) as error:
        tell(str(error))
        code = EXIT_BAD_INPUT
    except (ClientError, BotoCoreError) as error:
        tell(f"the box did not answer as it should: {error}")
        code = 1
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        tell(f"the system refuses what the box needs: {error.strerror}{where}")
        code = 1
    except KeyboardInterrupt:
        tell("interrupted; everything is stopped")
        code = EXIT_INTERRUPTED
    # Python ends by collecting garbage, which takes a second and more for all that Pulumi and moto have loaded.
    gc.freeze()
    raise typer.Exit(code)


def _listen_to_signals() -> None:
    """The first signal ends the box, the second one its workers at once; a third would only cut the clean-up.

    What stops a terminal's or a machine's processes stops the box as Ctrl-C does, but for what `nohup` ignores.
    """
    heard: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        # Of one closed terminal, its shell and the kernel each send a SIGHUP.
        if len(heard) < 2 and not (number == signal.SIGHUP and number in heard):
            heard.append(number)
            raise KeyboardInterrupt

    for number in _ASK_TO_STOP:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def _end_undisturbed() -> None:
    """What is left to do takes moments, and one more signal would leave state behind, and a traceback."""
    for number in _ASK_TO_STOP:
        signal.signal(number, signal.SIG_IGN)
