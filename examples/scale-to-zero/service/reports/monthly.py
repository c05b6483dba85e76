"""Writes monthly reports."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Write one; here it is only said."""
    log.info("the report of %s is written", message.json()["month"])
