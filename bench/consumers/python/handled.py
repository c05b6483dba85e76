"""What every Python consumer's handler does: take the asked time, then write the message's number down."""

import os
import time

#: A message begins with its number and a line's end, eight bytes in all: the ledger's line.
LINE_BYTES = 8
HANDLER_SECONDS = float(os.environ["BENCH_HANDLER_SECONDS"])
CONCURRENCY = int(os.environ["BENCH_CONCURRENCY"])
QUEUE_URL = os.environ["BENCH_QUEUE_URL"]
QUEUE_NAME = QUEUE_URL.rpartition("/")[2]
_LEDGER = os.open(os.environ["BENCH_LEDGER"], os.O_WRONLY | os.O_APPEND)


def handle(body: str) -> None:
    """Handle one message, blocking."""
    if HANDLER_SECONDS:
        time.sleep(HANDLER_SECONDS)
    write_down(body)


def write_down(body: str) -> None:
    """Append the message's number to the ledger: one atomic write, from any thread or process."""
    os.write(_LEDGER, body[:LINE_BYTES].encode())
