"""A handler whose effect is a row, written with what `once` remembers. It runs inside the worker's process.

The body is JSON: `key` says what is to happen once, `kill` whether the first try kills its process `before` or `after`
the row is written.
"""

from __future__ import annotations

import os
import random
import signal
import time
from typing import Any

from worker_runtime import Message, SQLiteStore, once

STORE = SQLiteStore(os.environ["ONCE_FILE"])
with STORE.connection:
    # No key: a second row of an effect is to be seen.
    STORE.connection.execute("CREATE TABLE IF NOT EXISTS effects (key TEXT)")


@once(STORE, key=lambda message: message.json()["key"])
def handle(message: Message) -> None:
    """Write the row, in a moment."""
    plan = message.json()
    _die(plan, message, "before")
    STORE.connection.execute("INSERT INTO effects VALUES (?)", (plan["key"],))
    time.sleep(random.uniform(0, 0.02))  # noqa: S311
    _die(plan, message, "after")


def _die(plan: dict[str, Any], message: Message, when: str) -> None:
    if message.receive_count == 1 and plan.get("kill") == when:
        os.kill(os.getpid(), signal.SIGKILL)
