"""Bills orders."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Bill an order."""
    order = message.json()["order"]
    log.info("order %s is billed with %.2f", order["id"], order["price"])
