"""The handler for our worker."""

import handled

from worker_runtime import Message


def handle(message: Message) -> None:
    """Handle one message."""
    handled.handle(message.body)
