"""Sends mailings."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Send one."""
    log.info("mailing to %s from queue %s", message.json()["to"], message.queue)
