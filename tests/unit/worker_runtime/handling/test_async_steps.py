"""Steps of async handlers that wait."""

from __future__ import annotations

import asyncio
import threading

from tests.support.worker_queue import wait_until
from worker_runtime import Message, Outbox
from worker_runtime.handler import Handler
from worker_runtime.handling.steps import Errors, Run, Step, declare

#: As many as there are threads for.
MANY = 64


def test_calls_that_wait_for_the_end_of_another_do_not_keep_it_from_ending() -> None:
    """As with `once`, whose messages of one key wait for the first."""
    waiting: list[str] = []
    first_has_ended = threading.Event()
    ended_in_time: list[bool] = []

    def run(messages: list[Message]) -> Run:
        if messages[0].id != "first":
            waiting.append(messages[0].id)
            ended_in_time.append(first_has_ended.wait(20))
        errors: Errors = yield messages
        if messages[0].id == "first":
            first_has_ended.set()
        return errors

    # With an outbox it has one more step, within.
    async def handle(message: Message, outbox: Outbox) -> None:
        if message.id == "first":
            await asyncio.to_thread(lambda: wait_until(lambda: len(waiting) == MANY, "all others"))

    handler = Handler.of(declare(handle, Step(run, begin_blocks=True, end_blocks=True)))

    async def call_all() -> None:
        await asyncio.gather(*(handler.function(Message("x", id=id_)) for id_ in ["first", *map(str, range(MANY))]))

    asyncio.run(call_all())
    assert ended_in_time == [True] * MANY
