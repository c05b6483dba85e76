"""The handlers for our worker."""

import asyncio
import time

import handled

from worker_runtime import Message, batch


def handle(message: Message) -> None:
    """Handle one message."""
    document = message.json()
    if handled.HANDLER_SECONDS:
        time.sleep(handled.HANDLER_SECONDS)
    handled.write_down(document)


async def handle_async(message: Message) -> None:
    """Handle one message on the event loop."""
    document = message.json()
    if handled.HANDLER_SECONDS:
        await asyncio.sleep(handled.HANDLER_SECONDS)
    handled.write_down(document)


@batch(10)
def handle_batch(messages: list[Message]) -> None:
    """Handle up to ten messages."""
    documents = [message.json() for message in messages]
    if handled.HANDLER_SECONDS:
        time.sleep(handled.HANDLER_SECONDS)
    for document in documents:
        handled.write_down(document)


def handle_counting(message: Message) -> None:
    """Compute for five milliseconds of CPU time."""
    document = message.json()
    end = time.thread_time() + 0.005
    while time.thread_time() < end:
        sum(range(1_000))
    handled.write_down(document)
