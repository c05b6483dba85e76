"""Runs async handlers on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from worker_runtime.errors import HandlerTimeout
from worker_runtime.handler import Handler
from worker_runtime.in_flight.held import Held
from worker_runtime.runners.call import Call
from worker_runtime.runners.forked import end_forked_child
from worker_runtime.runners.handler_threads import HandlerThreads, messages_of_call
from worker_runtime.runners.inline_calls import Replace
from worker_runtime.runners.lanes import Lane, Lanes
from worker_runtime.runners.settling import Settling
from worker_runtime.settlement.settler import Errors, Outcome
from worker_runtime.telemetry.python_logging import current_message

#: A handler that blocks the event loop for this long (with a call that should have been awaited) hangs the
#: worker.
_BLOCKED_SECONDS = 40.0
#: A handler has this long to end once it was cancelled.
CANCEL_SECONDS = 5.0


class EventLoopRunner:
    """Starts a task for each call, up to the concurrency."""

    def __init__(self, concurrency: int, handler_timeout_seconds: float) -> None:
        self._concurrency = concurrency
        self._timeout = handler_timeout_seconds
        self._loop = asyncio.new_event_loop()
        self._handler_threads = HandlerThreads(self._loop)
        self._settling = Settling()
        self._running: set[Held] = set()
        self._is_woken = False
        """The loop is about to look for messages."""
        self._calls: dict[asyncio.Task[None], Call] = {}
        """In the order in which they started."""
        self._late: set[asyncio.Task[None]] = set()
        """Those that were cancelled because their time was over."""
        self._ended_calls: list[tuple[Lane, Outcome]] = []
        """To be settled together: handlers that await nothing end many at a time."""
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._beat_at = time.monotonic()

    def start(self, lanes: Lanes) -> None:
        """Start taking messages from the lanes. Raises RuntimeError where the system refuses the first threads."""
        self._lanes = lanes
        self._settling.start()
        threading.Thread(target=self._run_loop, name="handlers", daemon=True).start()

    def call_in_place(self, function: Callable[[], Any]) -> Any:
        """Call a function, perhaps a coroutine function, on the handlers' loop."""

        async def call() -> Any:
            result = function()
            return await result if inspect.isawaitable(result) else result

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def wake(self) -> None:
        """Messages are ready."""
        if not self._is_woken:
            self._is_woken = True
            self._loop.call_soon_threadsafe(self._woken)

    def join(self, most: int, replace: Replace) -> bool:  # noqa: ARG002
        """Leave all to the loop: it runs in one thread."""
        return True

    def running(self) -> list[Held]:
        """Messages whose handlers run, or have run and are being settled."""
        return list(self._running)

    def close(self) -> None:
        """Start nothing more."""
        self._closed = True

    def tick(self) -> None:
        """Ask the loop for a sign of life, and to look after calls that outlive their timeout."""
        self._loop.call_soon_threadsafe(self._beat)

    def problem(self) -> str | None:
        """What is wrong with the loop or the handlers' own threads, or None."""
        silent = time.monotonic() - self._beat_at
        if silent >= _BLOCKED_SECONDS:
            return f"a handler has blocked the event loop for {silent:.0f} seconds"
        hanging = self._handler_threads.hanging()
        if hanging >= self._concurrency:
            return f"{hanging} threads of asyncio.to_thread hang although their handlers' time is over"
        return None

    def _run_loop(self) -> None:
        """Run the loop for as long as the process lives: a handler's task that calls sys.exit ends it, as does
        loop.stop()."""
        while True:
            error = "a handler has stopped the event loop"
            try:
                self._loop.run_forever()
            except BaseException:
                error = traceback.format_exc()
            end_forked_child(None)
            self._lanes.log.event("event_loop_ended", "ERROR", error=error)

    def _beat(self) -> None:
        self._beat_at = time.monotonic()
        for task, call in list(self._calls.items()):
            if not task.done() and self._beat_at - call.started_at >= self._timeout + CANCEL_SECONDS:
                self._give_up(task, call)

    def _give_up(self, task: asyncio.Task[None], call: Call) -> None:
        """Fail the messages of a call that does not end although it was cancelled; its slot goes to another."""
        del self._calls[task]
        self._late.discard(task)
        for held in call.batch:
            held.cancelled = held.message.cancelled = True
        self._handler_threads.replace_hanging()
        self._settle_failed(call.lane, call.batch, [HandlerTimeout(self._timeout)] * len(call.batch), self._timeout)
        self._start_calls()

    def _woken(self) -> None:
        self._is_woken = False  # before the look: what comes after it wakes anew
        self._start_calls()

    def _start_calls(self) -> None:
        while (places := self._concurrency - len(self._calls) - len(self._ended_calls)) > 0 and not self._closed:
            lane, taken = self._lanes.take_for(places)
            if not taken:
                return
            self._running.update(taken)
            size = lane.handler.batch_size or 1
            for start in range(0, len(taken), size):
                if self._closed:  # by a handler that took its time before its first wait
                    self._put_back(lane, taken[start:])
                    return
                batch = taken[start : start + size]
                try:
                    self._start(lane, batch)
                except BaseException as error:  # the runtime's own: it must cost neither the messages nor the place
                    self._settle_failed(lane, batch, [error] * len(batch), 0)

    def _put_back(self, lane: Lane, unstarted: list[Held]) -> None:
        lane.run_queue.put_back(unstarted)  # first: the drain is to see them twice rather than not at all
        self._running.difference_update(unstarted)

    def _start(self, lane: Lane, taken: list[Held]) -> None:
        batch = lane.settler.startable(taken)
        if len(batch) < len(taken):
            self._running.difference_update(held for held in taken if held not in batch)
        if not batch:
            return
        started_at = time.monotonic()
        for held in batch:
            held.started_at = started_at
            held.message.must_end_by(started_at + self._timeout)
        errors: list[BaseException | None] = []
        task = self._begun(self._call(lane.handler, batch, errors))
        call = Call(lane, batch, started_at)
        if task.done():
            self._ended(call, errors, task)
            return
        self._calls[task] = call
        for held in batch:
            held.on_cancel = partial(self._cancel, task, batch)
        if batch[0].cancelled:  # since it began
            self._cancel(task, batch)
        task.add_done_callback(partial(self._ended, call, errors))
        if self._timer is None:
            self._timer = self._loop.call_at(started_at + self._timeout, self._cancel_late)

    def _begun(self, call: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that has come to its first wait, or its end, where Python can do that: the loop has less to do."""
        if sys.version_info >= (3, 12) and self._loop.get_task_factory() is None:
            return asyncio.Task(call, loop=self._loop, eager_start=True)
        return self._loop.create_task(call)

    async def _call(self, handler: Handler, batch: list[Held], errors: list[BaseException | None]) -> None:
        """Call the handler, and leave in `errors` what it says of each message."""
        messages_of_call.set([held.message for held in batch])
        argument: Any
        if handler.batch_size is None:
            argument = batch[0].message
            current_message.set(argument)
        else:
            argument = [held.message for held in batch]  # the handler's own: it may change the list
        try:
            result = await handler.function(argument)
            errors += [None] * len(batch) if result is None else handler.errors(result, [held.id for held in batch])
        except BaseException as error:  # even SystemExit concerns these messages alone
            errors[:] = [error] * len(batch)
        end_forked_child(errors[0])

    def _cancel_late(self) -> None:
        """Cancel the calls whose time is over. One timer is enough: they end in the order in which they started."""
        self._timer = None
        now = time.monotonic()
        for task, call in self._calls.items():
            due_at = call.started_at + self._timeout
            if due_at > now:
                self._timer = self._loop.call_at(due_at, self._cancel_late)
                return
            if task not in self._late:
                self._late.add(task)
                task.cancel()

    def _ended(self, call: Call, errors: Errors, task: asyncio.Task[None]) -> None:
        """Settle a call's messages and give its slot to the next one, whatever came of it.

        Not in the task itself: a handler may leave it with a cancellation that has not struck yet, or another one may
        have cancelled it before it began.
        """
        if self._calls.pop(task, None) is None:
            self._late.discard(task)
        for held in call.batch:
            held.on_cancel = None
        if not errors:
            errors = [asyncio.CancelledError() if task.cancelled() else task.exception()] * len(call.batch)
        if task in self._late:
            self._late.discard(task)
            errors = [None if error is None else HandlerTimeout(self._timeout) for error in errors]
            self._handler_threads.replace_hanging()
        if not self._ended_calls:
            self._loop.call_soon(self._settle_ended)
        self._ended_calls.append((call.lane, (call.batch, errors, time.monotonic() - call.started_at)))

    def _settle_ended(self) -> None:
        ended, self._ended_calls = self._ended_calls, []
        done: dict[str, list[Outcome]] = {}
        try:
            for lane, (batch, errors, seconds) in ended:
                if errors is None or all(error is None for error in errors):
                    done.setdefault(lane.key, []).append((batch, None, seconds))
                else:
                    self._settle_failed(lane, batch, errors, seconds)
            for outcomes in done.values():
                lane = self._lanes.of(outcomes[0][0][0])
                lane.settler.acknowledger.acknowledge_all(lane.settler.settle_all(outcomes))
                self._running.difference_update(held for batch, *_ in outcomes for held in batch)
        finally:
            self._start_calls()

    def _settle_failed(self, lane: Lane, batch: list[Held], errors: Errors, seconds: float) -> None:
        """Settle messages elsewhere: that may have to wait for SQS, and the loop must not."""
        for held, error in zip(batch, errors, strict=True):
            self._settling.put(partial(self._settle_one, lane, held, error, seconds), [held])

    def _settle_one(self, lane: Lane, held: Held, error: BaseException | None, seconds: float) -> None:
        try:
            lane.settler.settle(held, error, seconds)
        finally:
            self._running.discard(held)

    def _cancel(self, task: asyncio.Task[None], batch: list[Held]) -> None:
        """Stop a call, unless messages that are still held share it."""
        if all(held.cancelled for held in batch):
            self._loop.call_soon_threadsafe(task.cancel)
