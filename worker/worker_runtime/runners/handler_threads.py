"""What runs the handlers' own `asyncio.to_thread` calls. A thread cannot be killed: those that hang are counted and
replaced, as those of plain handlers are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, TypeVar

from worker_runtime.message import Message

_Result = TypeVar("_Result")

#: The messages of the call that runs here.
messages_of_call: ContextVar[list[Message]] = ContextVar("messages_of_call", default=[])  # noqa: B039 - never changed


class HandlerThreads:
    """The default executor of an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._pools: list[_Pool] = []
        self._add_pool()

    def replace_hanging(self) -> None:
        """Let what comes next have threads of its own where some hang. On the loop, when a handler's time is over."""
        if self._pools[-1].hanging():
            self._pools = [pool for pool in self._pools if pool.hanging()]
            self._add_pool()

    def hanging(self) -> int:
        """Threads that are busy although their handler's time is over."""
        return sum(pool.hanging() for pool in self._pools)

    def _add_pool(self) -> None:
        pool = _Pool(thread_name_prefix="to_thread")
        self._pools.append(pool)
        self._loop.set_default_executor(pool)


class _Pool(ThreadPoolExecutor):
    """Knows for which messages each call runs."""

    def __init__(self, thread_name_prefix: str) -> None:
        super().__init__(thread_name_prefix=thread_name_prefix)
        self._calls: dict[Future[Any], list[Message]] = {}

    def submit(self, fn: Callable[..., _Result], /, *args: Any, **kwargs: Any) -> Future[_Result]:
        """Run a call in a thread."""
        future = super().submit(fn, *args, **kwargs)
        self._calls[future] = messages_of_call.get()
        future.add_done_callback(self._calls.pop)
        return future

    def hanging(self) -> int:
        """Threads that are busy although their handler's time is over."""
        return sum(
            future.running() and any(message.remaining_seconds <= 0 for message in messages)
            for future, messages in list(self._calls.items())
        )
