"""Invoices as they come in, one at a time."""

import logging

from stdnum import iban

from worker_runtime import Message, Reject

logger = logging.getLogger(__name__)


def handle(message: Message) -> None:
    """Note who is to be paid. An invoice with a mistyped account can never be paid: it is rejected."""
    invoice = message.json()
    account = str(invoice.get("iban", ""))
    if not iban.is_valid(account):
        raise Reject(f"iban: {account!r} is not an IBAN")
    logger.info("invoice %s is to be paid to %s", invoice["number"], iban.format(account))
