"""Makes thumbnails."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Make one; here it is only said."""
    log.info("%s has a thumbnail", message.json()["picture"])
