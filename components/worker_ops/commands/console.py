"""`workers console`: the page that shows a service as it lives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worker_ops.errors import OpsError
from worker_ops.messages.reading import read_messages
from worker_ops.options import Context, command


@command("console")
def console(
    context: Context,
    write: Annotated[bool, typer.Option("--write", help="Let it publish, and redrive, edit and purge.")] = False,
    samples: Annotated[Path | None, typer.Option(help="Messages that its form offers, one a line.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The page's port; 0 takes any free one.")] = 0,
) -> None:
    """Open a page on this machine that shows the service as it lives, until Ctrl-C.

    It only shows, unless --write is given. Whoever has the address that is printed may use it: do not pass it on.

    Example: workers console --stack dev
    """
    try:
        from worker_ops.console.web.console import Console  # noqa: PLC0415 - an extra, and slow to load
        from worker_ops.console.web.server import ConsoleServer  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        raise OpsError(
            f"the page needs {package}: pip install 'pulumi-worker-service[console]' brings what it needs"
        ) from None

    offered = read_messages(None, samples) if samples else []
    page = Console(context.place, [context.service], can_write=write, samples=offered)
    with ConsoleServer(page, port) as server:
        context.screen.document({"address": server.address, "can_write": write})
        if not context.screen.as_json:
            context.screen.say(f"The page of {context.service.name} in {context.place.title}:\n\n  {server.address}\n")
            can = "It shows, and with it you can publish" if write else "It only shows; with --write you can publish"
            context.screen.say(f"{can} and work on dead letters. Ctrl-C ends it.")
        try:
            server.wait()
        except KeyboardInterrupt:
            context.screen.say("The page is closed.")
