"""Handlers that do as the message says, and write a ledger of it. They run inside the worker's process.

The body is JSON: `key` names the message; everything else is optional:

| name | meaning |
|---|---|
| seconds | work for this long |
| until | work until this file exists |
| fail | fail the first so many receives |
| fail_first | fail so many times, whatever SQS counts (one worker process only) |
| fail_until | fail until this file exists |
| reject | raise Reject |
| reject_until | raise Reject until this file exists |
| act | die of `exit` (os._exit), `kill` (SIGKILL), `segfault`, or raise `system_exit`, `base_exception`, or `silent`
(its text raises SystemExit); `close_stdout` closes descriptor 1 |
| async_act | for `handle_async`: `hang_thread` hangs in asyncio.to_thread, `cancel` raises while a cancellation of its
own is under way, `cancel_all` cancels every call, `task_exit` calls sys.exit in a task of its own |
| acts | how many receives `act` and `async_act` concern; all where it is missing |

FAULT_THREADS_MOST makes the system refuse every thread beyond so many.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from worker_runtime import Message, Reject, batch

_failures: Counter[str] = Counter()
_ledger = os.open(os.environ["LEDGER_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

_start_thread = threading.Thread.start


def _start_few(self: threading.Thread) -> None:
    if threading.active_count() >= int(os.environ["FAULT_THREADS_MOST"]):
        raise RuntimeError("can't start new thread")
    _start_thread(self)


if "FAULT_THREADS_MOST" in os.environ:
    threading.Thread.start = _start_few


def handle(message: Message) -> None:
    """A plain handler."""
    plan = _begin(message)
    try:
        while _still_works(plan):
            time.sleep(0.005)
        _decide(plan, message)
    except BaseException:
        _note("failed", message, plan)
        raise
    _note("done", message, plan)


async def handle_async(message: Message) -> None:
    """The same as a coroutine."""
    plan = _begin(message)
    try:
        while _still_works(plan):
            await asyncio.sleep(0.005)
        if message.receive_count <= plan.get("acts", sys.maxsize):
            await _act_async(plan.get("async_act"))
        _decide(plan, message)
    except BaseException:
        _note("failed", message, plan)
        raise
    _note("done", message, plan)


@batch(5)
def handle_batch(messages: list[Message]) -> dict[str, BaseException]:
    """The same for up to five at once, each with its own result."""
    failures: dict[str, BaseException] = {}
    for message in messages:
        try:
            handle(message)
        except BaseException as error:
            failures[message.id] = error
    return failures


def _begin(message: Message) -> dict[str, Any]:
    plan = json.loads(message.body)
    plan["ends_at"] = time.monotonic() + plan.get("seconds", 0)
    _note("start", message, plan)
    return plan


def _note(event: str, message: Message, plan: dict[str, Any]) -> None:
    """One line in one write to a file opened for appending: whole, whatever else is written or killed."""
    line = {
        "event": event,
        "key": plan["key"],
        "attempt": message.receive_count,
        "pid": os.getpid(),
        "worker": os.environ.get("LEDGER_WORKER") or str(os.getpid()),
        "at": time.monotonic(),
        "cancelled": message.cancelled,
    }
    os.write(_ledger, (json.dumps(line) + "\n").encode())


def _still_works(plan: dict[str, Any]) -> bool:
    return time.monotonic() < plan["ends_at"] or ("until" in plan and not Path(plan["until"]).exists())


def _decide(plan: dict[str, Any], message: Message) -> None:
    if message.receive_count <= plan.get("acts", sys.maxsize):
        _act(plan.get("act"))
    if plan.get("reject") or not _exists(plan.get("reject_until")):
        raise Reject(f"{plan['key']} cannot be handled")
    _failures[plan["key"]] += 1
    own_failures_end = _failures[plan["key"]] > plan.get("fail_first", 0)
    if message.receive_count <= plan.get("fail", 0) or not own_failures_end or not _exists(plan.get("fail_until")):
        raise RuntimeError(f"{plan['key']} fails at receive {message.receive_count}")


def _act(act: str | None) -> None:
    if act == "exit":
        os._exit(7)
    elif act == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif act == "segfault":
        ctypes.string_at(0)
    elif act == "system_exit":
        sys.exit(7)
    elif act == "base_exception":
        raise BaseException(f"a {act}")  # noqa: TRY002 - the very thing to survive
    elif act == "silent":
        raise SilentError
    elif act == "close_stdout":
        os.close(1)


class SilentError(Exception):
    """Has no text."""

    def __str__(self) -> str:
        """Leave."""
        raise SystemExit(0)


async def _act_async(act: str | None) -> None:
    if act == "hang_thread":
        await asyncio.to_thread(time.sleep, 3_600)
    elif act == "cancel":
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        raise RuntimeError("cancelled, but not yet")
    elif act == "cancel_all":
        for task in asyncio.all_tasks():
            task.cancel()
        await asyncio.sleep(0)
    elif act == "task_exit":
        await asyncio.create_task(_leave())


async def _leave() -> None:
    sys.exit(0)


def _exists(path: str | None) -> bool:
    return path is None or Path(path).exists()
