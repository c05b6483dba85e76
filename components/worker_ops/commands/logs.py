"""`workers logs`: what the workers say."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Annotated

import typer

from worker_ops.durations import seconds_of
from worker_ops.errors import OpsError
from worker_ops.logs.box_log import box_lines
from worker_ops.logs.cloudwatch_log import cloudwatch_lines
from worker_ops.logs.line import LEVELS, LineFilter, LogLine
from worker_ops.options import Context, command
from worker_ops.screen import printable


@command("logs")
def logs(
    context: Context,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on, until Ctrl-C.")] = False,
    since: Annotated[str, typer.Option(metavar="SPAN", help="How far back: 90s, 15m, 2h, 7d.")] = "15m",
    action: Annotated[
        list[str] | None, typer.Option(help="Lines of this action alone, such as message_failed.")
    ] = None,
    message: Annotated[str | None, typer.Option(metavar="ID", help="Lines about this message alone.")] = None,
    level: Annotated[
        str | None, typer.Option(help="Lines of this level and worse: debug, info, warning, error.")
    ] = None,
) -> None:
    """Show the workers' log lines, of all tasks; with --json as they were written.

    Example: workers logs --stack dev --follow --level warning
    """
    if level is not None and level.upper() not in LEVELS:
        raise OpsError(f"--level: {level!r} is not debug, info, warning or error")
    asked = LineFilter(tuple(action or ()), message, level.upper() if level else None)
    for line in _lines(context, seconds_of("--since", since), follow=follow):
        if asked.has(line):
            sys.stdout.write((line.text if context.screen.as_json else printable(line.readable)) + "\n")
            sys.stdout.flush()


def _lines(context: Context, since_seconds: int, *, follow: bool) -> Iterator[LogLine]:
    if context.place.log_directory is not None:
        return box_lines(context.place.log_directory, follow=follow)
    if context.service.log_group_name is None:
        raise OpsError(
            f"{context.place.title} does not say where its log is: a stack exports log_group_name, and with --queue "
            "nobody knows"
        )
    since_milliseconds = int((time.time() - since_seconds) * 1_000)
    return cloudwatch_lines(context.place.account, context.service.log_group_name, since_milliseconds, follow=follow)
