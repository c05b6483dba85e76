"""Handles orders, those of a customer one after the other."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Handle one: no other of its customer runs meanwhile."""
    log.info("order %s of %s from queue %s", message.json()["order"], message.group, message.queue)
