"""Handlers that publish to a queue: one message now, one by the outbox. They run inside the worker's process, which the
first try of message 7 kills in between."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time

from worker_runtime import Message, Outbox, publish

TARGET = os.environ["TARGET_QUEUE"]


def handle(message: Message, outbox: Outbox) -> None:
    """A plain handler."""
    publish(TARGET, f"now {message.body}")
    _die(message)
    outbox.publish(TARGET, f"done {message.body}")
    time.sleep(random.uniform(0, 0.02))  # noqa: S311


async def handle_async(message: Message, outbox: Outbox) -> None:
    """The same as a coroutine."""
    await asyncio.to_thread(publish, TARGET, f"now {message.body}")
    _die(message)
    outbox.publish(TARGET, f"done {message.body}")
    await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311


def _die(message: Message) -> None:
    if message.body == "7" and message.receive_count == 1:
        os.kill(os.getpid(), signal.SIGKILL)
