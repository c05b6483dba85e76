"""Ships what was packed."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Ship one; here it is only said."""
    log.info("order %s is shipped", message.json()["id"])
