"""A handler with hooks that do as HOOKS_ACT says, and write a ledger: `<when>_<what>`, as `startup_raise`.

`startup` and `shutdown` may `raise`, `exit` by sys.exit, or `hang`; `startup_raise_once` raises until HOOKS_FILE is
there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from worker_runtime import Message, shutdown, startup

_ledger = os.open(os.environ["LEDGER_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


class Pool:
    """What hooks make and close."""


def _note(event: str, key: str = "") -> None:
    os.write(_ledger, f"{json.dumps({'event': event, 'key': key, 'pid': os.getpid()})}\n".encode())


def _act(when: str) -> None:
    _note(when)
    planned = os.environ["HOOKS_ACT"]
    if planned == f"{when}_raise":
        raise ConnectionError("the database is down")
    if planned == f"{when}_exit":
        sys.exit(0)
    if planned == f"{when}_hang":
        time.sleep(3_600)
    if planned == f"{when}_raise_once" and not (file := Path(os.environ["HOOKS_FILE"])).exists():
        file.touch()
        raise ConnectionError("the database is not up yet")


@startup
def begin() -> Pool:
    """Make it."""
    _act("startup")
    return Pool()


@shutdown
def end(pool: Pool) -> None:
    """Close it."""
    _act("shutdown")


def handle(message: Message, pool: Pool) -> None:
    """Note it."""
    _note("done", message.body)
