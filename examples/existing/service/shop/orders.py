"""Handles orders."""

import logging

from worker_runtime import Message, Reject

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Handle one."""
    order = message.json()["order"]
    if not order:
        raise Reject("an order without a number")
    log.info("order %s is handled", order)
