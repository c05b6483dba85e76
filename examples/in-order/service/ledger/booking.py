"""Books deposits and withdrawals."""

import logging

from worker_runtime import Message

log = logging.getLogger(__name__)
balances: dict[str, int] = {}


def handle(message: Message) -> None:
    """Book one: no other of its account runs meanwhile."""
    account = message.group or ""
    balances[account] = balances.get(account, 0) + message.json()["cents"]
    log.info("account %s has %d cents", account, balances[account])
