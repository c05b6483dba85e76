"""Looks at large orders."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Look at an order."""
    order = message.json()["order"]
    log.info("order %s of %.2f is looked at", order["id"], order["price"])
