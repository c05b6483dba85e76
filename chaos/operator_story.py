"""`python -m chaos.operator_story`: tell the operator's story again and again, killing its commands at random."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from random import SystemRandom
from typing import Annotated

import typer

from chaos.story import Story, StoryError
from local.emulator import ADMIN_CREDENTIALS, Emulator
from tests.support.worker_queue import ANY_CREDENTIALS, WorkQueue, sqs_server


class Server(StrEnum):
    """What has the queues."""

    BOX = "box"
    """The box's emulator."""
    MOTO = "moto"
    """moto's own server, which stands for an account."""


@contextmanager
def queue_on(server: Server) -> Iterator[WorkQueue]:
    """A queue with its dead-letter queue, on a server of its own."""
    if server == Server.BOX:
        with Emulator() as emulator:
            yield WorkQueue(emulator.endpoint_url, credentials=ADMIN_CREDENTIALS)
        return
    with sqs_server() as endpoint:
        # It looks at all messages for each call: on a busy machine a worker's heartbeat may take long.
        yield WorkQueue(endpoint, visibility_seconds=120, max_receive_count=10, credentials=ANY_CREDENTIALS)


def main(
    kills: Annotated[int, typer.Option(min=0, max=100_000, help="Commands to kill, over all tellings.")] = 200,
    kills_a_step: Annotated[int, typer.Option(min=0, max=1_000, help="Of each step of a telling.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first telling. 0: any.")] = 0,
    server: Annotated[Server, typer.Option(help="What has the queues.")] = Server.BOX,
) -> None:
    """Send 1,000 orders with 40 bad ones, list by reason, save, edit one, redrive by reason at 50 a second, purge the
    rest; kill what looks at letters at random moments, and account for every order. Exit code 1 where one is lost.
    """
    number = seed or SystemRandom().randrange(1, 1_000_000)
    killed = tellings = 0
    started = time.monotonic()
    while not tellings or killed < kills:
        with queue_on(server) as queue, tempfile.TemporaryDirectory() as directory:
            try:
                killed += Story(queue, Path(directory), number, kills_a_step if kills else 0).tell()
            except StoryError as error:
                sys.stderr.write(f"telling with seed {number}: {error}\n")
                sys.exit(1)
        tellings, number = tellings + 1, number + 1
        sys.stdout.write(f"{tellings} told, {killed} commands killed, none lost, {time.monotonic() - started:.0f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
