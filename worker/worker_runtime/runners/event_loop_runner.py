"""Runs async handlers on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from typing import Any

from worker_runtime.errors import HandlerTimeout
from worker_runtime.handler import Handler
from worker_runtime.in_flight.held import Held
from worker_runtime.in_flight.run_queue import RunQueue
from worker_runtime.runners.call import Call
from worker_runtime.settlement.settler import Settler
from worker_runtime.telemetry.python_logging import current_message

#: A handler that blocks the event loop for this long (with a call that should have been awaited) hangs the
#: worker.
_BLOCKED_SECONDS = 40.0
#: A handler has this long to end once it was cancelled.
CANCEL_SECONDS = 5.0


class EventLoopRunner:
    """Starts a task for each call, up to the concurrency."""

    def __init__(self, handler: Handler, concurrency: int, handler_timeout_seconds: float) -> None:
        self._handler = handler
        self._concurrency = concurrency
        self._timeout = handler_timeout_seconds
        self._loop = asyncio.new_event_loop()
        self._running: set[Held] = set()
        self._calls: dict[asyncio.Task[None], Call] = {}
        self._closed = False
        self._beat_at = time.monotonic()

    def start(self, run_queue: RunQueue, settler: Settler) -> None:
        """Start taking messages from the run queue."""
        self._run_queue = run_queue
        self._settler = settler
        threading.Thread(target=self._loop.run_forever, name="handlers", daemon=True).start()

    def wake(self) -> None:
        """Messages are ready."""
        self._loop.call_soon_threadsafe(self._start_calls)

    def running(self) -> list[Held]:
        """Messages whose handlers run."""
        return list(self._running)

    def close(self) -> None:
        """Start nothing more."""
        self._closed = True

    def tick(self) -> None:
        """Ask the loop for a sign of life, and to look after calls that outlive their timeout."""
        self._loop.call_soon_threadsafe(self._beat)

    def problem(self) -> str | None:
        """What is wrong with the loop, or None."""
        silent = time.monotonic() - self._beat_at
        if silent < _BLOCKED_SECONDS:
            return None
        return f"a handler has blocked the event loop for {silent:.0f} seconds"

    def _beat(self) -> None:
        self._beat_at = time.monotonic()
        for task, call in list(self._calls.items()):
            is_running = all(held.on_cancel is not None for held in call.batch)
            if is_running and self._beat_at - call.started_at >= self._timeout + CANCEL_SECONDS:
                self._give_up(task, call)

    def _give_up(self, task: asyncio.Task[None], call: Call) -> None:
        """Fail the messages of a call that does not end although it was cancelled; its slot goes to another."""
        del self._calls[task]
        for held in call.batch:
            held.message.cancelled = True
            self._loop.run_in_executor(None, self._settle, held, HandlerTimeout(self._timeout), self._timeout)
        self._start_calls()

    def _settle(self, held: Held, error: BaseException | None, seconds: float) -> None:
        self._settler.settle(held, error, seconds)
        self._running.discard(held)

    def _start_calls(self) -> None:
        while len(self._calls) < self._concurrency and not self._closed:
            taken = self._run_queue.take(self._handler.batch_size or 1)
            if not taken:
                return
            self._running.update(taken)
            if any(self._settler.has_lapsed(held) for held in taken):
                # Letting go of them may have to wait for SQS, and the loop must not.
                self._loop.run_in_executor(None, self._start_what_is_held, taken)
            else:
                self._start(taken)

    def _start_what_is_held(self, taken: list[Held]) -> None:
        batch = self._settler.startable(taken)
        self._running.difference_update(held for held in taken if held not in batch)
        if batch:
            self._loop.call_soon_threadsafe(self._start, batch)

    def _start(self, batch: list[Held]) -> None:
        task = self._loop.create_task(self._run(batch))
        self._calls[task] = Call(batch, time.monotonic())
        task.add_done_callback(partial(self._ended, batch))

    async def _run(self, batch: list[Held]) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this coroutine only ever runs as a task
        started_at = time.monotonic()
        for held in batch:
            held.started_at = started_at
            held.message.must_end_by(started_at + self._timeout)
            held.on_cancel = partial(self._cancel, task, batch)
        errors = await self._call(batch)
        for held in batch:
            held.on_cancel = None
        seconds = time.monotonic() - started_at
        for held, error in zip(batch, errors, strict=True):
            if error is None and not self._settler.has_lapsed(held):
                self._settle(held, None, seconds)
            else:
                # It may have to wait for SQS, and the loop must not.
                await self._loop.run_in_executor(None, self._settle, held, error, seconds)

    def _ended(self, batch: list[Held], task: asyncio.Task[None]) -> None:
        """Give the call's slot to the next one, whatever came of it."""
        if self._calls.pop(task, None) is not None:
            self._running.difference_update(batch)
        self._start_calls()

    def _cancel(self, task: asyncio.Task[None], batch: list[Held]) -> None:
        """Stop a call, unless messages that are still held share it."""
        if all(held.message.cancelled for held in batch):
            self._loop.call_soon_threadsafe(self._cancel_handler, task, batch)

    def _cancel_handler(self, task: asyncio.Task[None], batch: list[Held]) -> None:
        # The handler may have ended meanwhile: settling is not to be cut.
        if all(held.on_cancel is not None for held in batch):
            task.cancel()

    async def _call(self, batch: list[Held]) -> list[BaseException | None]:
        messages = [held.message for held in batch]
        argument: Any = messages
        if self._handler.batch_size is None:
            argument = messages[0]
            current_message.set(argument)
        timeout = asyncio.timeout(self._timeout)
        try:
            async with timeout:
                return self._handler.errors(await self._handler.function(argument), messages)
        except BaseException as error:  # even SystemExit concerns these messages alone
            if not timeout.expired():
                return [error] * len(batch)
            return [HandlerTimeout(self._timeout)] * len(batch)
