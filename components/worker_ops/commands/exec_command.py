"""`workers exec`: a command in a running task."""

from __future__ import annotations

import os
import shlex
from typing import Annotated

import typer

from worker_ops.child import run_child
from worker_ops.errors import OpsError
from worker_ops.options import Context, command
from worker_ops.places.place import LocalWorker
from worker_ops.service.ecs_service import ecs_service
from worker_ops.service.exec_session import open_session

_SHELL = ["/bin/sh"]


@command("exec")
def exec_command(
    context: Context,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[-- COMMAND]", help="What to run; by itself a shell.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="The task: the beginning of its id, in the box a worker's number.")
    ] = None,
) -> int:
    """Run a command in a running task, by ECS Exec; in the box beside a worker, with its environment.

    Example: workers exec --stack dev -- python -m worker_runtime.health
    """
    line = arguments or _SHELL
    if context.place.local_workers is not None:
        return run_beside(_chosen(context, task), line)
    return open_session(ecs_service(context.place, context.service), task, shlex.join(line))


def _chosen(context: Context, number: str | None) -> LocalWorker:
    workers = [
        worker
        for worker in context.place.local_workers or ()
        if worker.service == context.service.name and worker.pid is not None
    ]
    for worker in workers:
        if number in (None, str(worker.number)):
            return worker
    known = ", ".join(str(worker.number) for worker in workers) or "none"
    raise OpsError(f"--task: no worker {number or ''} of {context.service.name} runs; there are: {known}")


def run_beside(worker: LocalWorker, line: list[str]) -> int:
    """Run it where the worker runs, with what it runs with, and return the exit code. Raises OpsError."""
    environment = {**worker.environment, **{name: os.environ[name] for name in ("TERM",) if name in os.environ}}
    try:
        return run_child(line, cwd=worker.folder, env=environment)
    except OSError as error:
        raise OpsError(f"{line[0]} cannot be run: {error.strerror}") from None
