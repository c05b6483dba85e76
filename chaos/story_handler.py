"""The handler of the operator's story: it rejects what an order says is wrong, until that is mended."""

from __future__ import annotations

import json
import os
from pathlib import Path

from worker_runtime import Message, Reject


def handle(message: Message) -> None:
    """Note the order in STORY_LEDGER. Raises Reject with its fault, unless a line of STORY_MENDED says that fault."""
    order = message.json()
    mended = Path(os.environ["STORY_MENDED"]).read_text(encoding="utf-8").splitlines()
    if order["fault"] and order["fault"] not in mended:
        raise Reject(order["fault"])
    ledger = os.open(os.environ["STORY_LEDGER"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(ledger, (json.dumps(order["order_id"]) + "\n").encode())
    os.close(ledger)
