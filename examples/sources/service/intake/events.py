"""Handles events."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Handle one event as EventBridge writes it."""
    event = message.json()
    if event["source"] == "aws.s3":
        log.info("uploaded: %s", event["detail"]["object"]["key"])
    else:
        log.info("paid: %s", event["detail"]["payment"])
