"""Finds a queue of the box."""

from __future__ import annotations

from moto.sqs.models import Queue, sqs_backends

from local.emulator.account import ACCOUNT_ID


def queue_by_arn(arn: str) -> Queue | None:
    """The queue, or None."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[4] != ACCOUNT_ID:  # arn:partition:service:region:account:name
        return None
    return sqs_backends[ACCOUNT_ID][parts[3]].queues.get(parts[5])
