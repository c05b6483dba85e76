"""Reminders of overdue invoices, up to ten at a time."""

import logging

from worker_runtime import Message, Reject, batch

logger = logging.getLogger(__name__)


@batch(10)
def handle(messages: list[Message]) -> dict[str, Exception]:
    """Remind of what is overdue; returns what cannot be reminded of, and why."""
    failures: dict[str, Exception] = {}
    for message in messages:
        reminder = message.json()
        days = reminder.get("days_overdue")
        if type(days) is int and days > 0:
            logger.info("invoice %s is overdue by %d days", reminder["number"], days)
        else:
            failures[message.id] = Reject(f"days_overdue: {days!r} is not a whole number from 1")
    return failures
