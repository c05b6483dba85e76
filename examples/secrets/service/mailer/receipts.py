"""Mails a receipt for each order."""

import logging
import os

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Mail one; here it is only said which sender and how long a password there is."""
    to = message.json()["to"]
    log.info("to %s from %s, password of %d letters", to, os.environ["SENDER"], len(os.environ["SMTP_PASSWORD"]))
