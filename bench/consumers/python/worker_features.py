"""The handler for our worker with what may stand around one, each by itself: what it costs."""

import os
from dataclasses import dataclass
from pathlib import Path

import handled

from worker_runtime import Message, Outbox, SQLiteStore, once, retry_policy

_STORE = Path(os.environ["BENCH_LEDGER"]).with_suffix(f".{os.getpid()}.sqlite")


@dataclass
class Order:
    """The body of a bench's message."""

    number: str
    text: str


def handle_typed(order: Order) -> None:
    """The body is what its type says."""
    handled.write_down({"number": order.number})


@retry_policy(retry_on={TimeoutError: 5}, reject_on=(ValueError,))
def handle_by_policy(message: Message) -> None:
    """Exceptions are judged by their types."""
    handled.write_down(message.json())


@once(SQLiteStore(_STORE), key=lambda message: message.json()["number"])
def handle_once(message: Message) -> None:
    """Each number is handled once, by a file of SQLite."""
    handled.write_down(message.json())


def handle_with_outbox(message: Message, _outbox: Outbox) -> None:
    """There is an outbox, and nothing to publish."""
    handled.write_down(message.json())
