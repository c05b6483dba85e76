"""What every Python consumer's handler does: take the asked time, then write the message's number down."""

import json
import os
import time

HANDLER_SECONDS = float(os.environ["BENCH_HANDLER_SECONDS"])
CONCURRENCY = int(os.environ["BENCH_CONCURRENCY"])
RECEIVERS = int(os.environ.get("BENCH_RECEIVERS", "1"))
QUEUE_URL = os.environ["BENCH_QUEUE_URL"]
QUEUE_NAME = QUEUE_URL.rpartition("/")[2]
_LEDGER = os.open(os.environ["BENCH_LEDGER"], os.O_WRONLY | os.O_APPEND)


def handle(body: str) -> None:
    """Handle one message, blocking."""
    document = json.loads(body)
    if HANDLER_SECONDS:
        time.sleep(HANDLER_SECONDS)
    write_down(document)


def write_down(document: dict) -> None:
    """Append the message's number to the ledger, a line of eight bytes: one atomic write, from any thread or
    process."""
    os.write(_LEDGER, f"{document['number']}\n".encode())
