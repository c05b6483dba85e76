"""Handles orders."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Handle one."""
    log.info("order %s arrived", message.json()["order"])
