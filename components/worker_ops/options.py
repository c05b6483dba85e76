"""The options that every command has: where it works, and how it answers."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from worker_ops.account import refused
from worker_ops.dead_letters.selection import Selection, read_selection
from worker_ops.errors import OpsError, Unfinished
from worker_ops.places.choose import Where, choose_place
from worker_ops.places.place import Place, Service, WorkQueue
from worker_ops.rights import sentence
from worker_ops.screen import Screen, printable

EXIT_UNFINISHED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class Context:
    """What a command works with."""

    screen: Screen
    place: Place
    service_name: str | None
    queue_name: str | None

    @property
    def service(self) -> Service:
        """The service that the command is for. Raises OpsError where it must be named."""
        return self.place.service(self.service_name)

    @property
    def queue(self) -> WorkQueue:
        """The queue that the command is for. Raises OpsError where it must be named."""
        return self.service.queue(self.queue_name)


def _placed(
    box: Annotated[bool, typer.Option("--box", help="The box on this machine.")] = False,
    stack: Annotated[str | None, typer.Option(help="A deployed stack of the Pulumi program.")] = None,
    queue: Annotated[str | None, typer.Option(metavar="URL", help="A queue, or its dead-letter queue.")] = None,
    program: Annotated[
        Path | None, typer.Option(help="Folder of the Pulumi program; by itself this one, or one above it.")
    ] = None,
    service: Annotated[str | None, typer.Option(help="The worker service, where there is more than one.")] = None,
    queue_name: Annotated[str | None, typer.Option(help="The service's queue, where it has more than one.")] = None,
    region: Annotated[str | None, typer.Option(help="AWS region; by itself the stack's or the queue's.")] = None,
    profile: Annotated[str | None, typer.Option(help="Profile of the AWS CLI's settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
) -> None:
    """The options themselves: their signature joins each command's."""


def _selected(
    reason: Annotated[str | None, typer.Option(help="A part of the reason, or the error's type.")] = None,
    topic: Annotated[str | None, typer.Option(help="The topic that it came through: its ARN or its name.")] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="SPAN", help="Sent so long ago at least: 90s, 2h, 7d.")
    ] = None,
    younger_than: Annotated[str | None, typer.Option(metavar="SPAN", help="Sent no longer ago: 90s, 2h, 7d.")] = None,
    where: Annotated[
        str | None,
        typer.Option("--where", help="JMESPath over the letter as --json shows it: \"body.order_id == 'o-7'\""),
    ] = None,
) -> None:
    """The options of a selection of dead letters."""


def command(name: str) -> Callable[[Callable[..., int | None]], Callable[..., None]]:
    """Make a function of a Context, perhaps of a Selection, and of options of its own a command that has the options
    of the first two, too. Its help ends with the rights that the table has for the name.

    What its user can solve ends with a sentence and exit code 2, what was left undone with 1, Ctrl-C with 130.
    """

    def made(function: Callable[..., int | None]) -> Callable[..., None]:
        own = inspect.signature(function, eval_str=True).parameters
        selects = any(parameter.annotation is Selection for parameter in own.values())
        placed = inspect.signature(_placed, eval_str=True).parameters
        selected = inspect.signature(_selected, eval_str=True).parameters if selects else {}

        def run(**given: Any) -> None:
            common = {name: given.pop(name) for name in placed}
            conditions = {name: given.pop(name) for name in selected}
            screen = Screen(as_json=common.pop("as_json"))

            def work() -> int | None:
                # What is typed wrongly is told before anything is asked.
                chosen = {"chosen": read_selection(given.pop("ids", None) or (), **conditions)} if selects else {}
                return function(_context(screen, **common), **chosen, **given)

            raise typer.Exit(exit_code(work))

        options = {
            **{name: parameter for name, parameter in own.items() if parameter.annotation not in (Context, Selection)},
            **selected,
            **placed,
        }
        run.__name__ = function.__name__
        run.__doc__ = f"{inspect.getdoc(function)}\n\n{sentence(name)}"
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined] - typer reads it
            [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in options.values()]
        )
        run.__annotations__ = {name: parameter.annotation for name, parameter in options.items()}
        return run

    return made


def _context(screen: Screen, *, service: str | None, queue_name: str | None, **where: Any) -> Context:
    context = Context(screen, choose_place(Where(**where)), service, queue_name)
    # A name that is typed is one, whether or not the command is for one service or queue.
    if service is not None:
        _ = context.service
    if queue_name is not None:
        _ = context.queue
    return context


def exit_code(run: Callable[[], int | None]) -> int:
    """What a command's work gives, or 2, 1 or 130 with a sentence on stderr."""
    try:
        return run() or 0
    except OpsError as error:
        return _told(str(error), EXIT_BAD_INPUT)
    except Unfinished as error:
        return _told(str(error), EXIT_UNFINISHED)
    except ClientError as error:
        return _told(refused(error), EXIT_UNFINISHED)
    except KeyboardInterrupt:
        return _told("interrupted", EXIT_INTERRUPTED)


def _told(text: str, code: int) -> int:
    sys.stderr.write(printable(text) + "\n")
    return code
