"""The handler for our worker with hooks around it, and what they made as an argument."""

import handled

from worker_runtime import Message, shutdown, startup


class Ledger:
    """What a hook opens and another closes."""

    def write(self, message: Message) -> None:
        """Write the message's number down."""
        handled.write_down(message.json())


@startup
def open_ledger() -> Ledger:
    """Before the first message."""
    return Ledger()


@shutdown
def close_ledger(_ledger: Ledger) -> None:
    """After the last one."""


def handle(message: Message, ledger: Ledger) -> None:
    """What was opened comes by its type."""
    ledger.write(message)
