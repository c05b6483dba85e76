"""Runs plain handlers in threads: as many as have something to do, up to the concurrency."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from worker_runtime.errors import HandlerTimeout
from worker_runtime.handler import Handler
from worker_runtime.in_flight.held import Held
from worker_runtime.runners.call import Call
from worker_runtime.runners.forked import end_forked_child
from worker_runtime.runners.lanes import Lane, Lanes
from worker_runtime.runners.settling import Settling
from worker_runtime.telemetry.python_logging import current_message
from worker_runtime.threads import start_thread

#: Below this mean, switching threads costs more than the handler itself.
_QUICK_SECONDS = 0.0005
#: Messages that wait this long behind quick handlers get one more thread.
_WAITED_SECONDS = 0.005
#: Ask for a thread again this long after the system has refused one.
REFUSED_SECONDS = 10.0


class ThreadRunner:
    """A pool of threads that take messages from the lanes."""

    def __init__(self, concurrency: int, handler_timeout_seconds: float) -> None:
        self._concurrency = concurrency
        self._timeout = handler_timeout_seconds
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._threads = 0
        self._idle = 0
        self._hanging = 0
        """Threads that were replaced and have not come back."""
        self._taken: dict[object, list[Held]] = {}
        """By who is to settle them, a thread or the timeout of one: messages that are taken and not yet settled."""
        self._calls: dict[int, Call] = {}
        """By thread: whoever takes a call out, the thread or its timeout, settles the call's messages."""
        self._settling = Settling()
        self._refused_at: float | None = None
        """When the system last refused a thread; None where it gave the latest."""
        self._closed = False
        self._ready = threading.Event()
        """Messages wait for a thread."""

    def start(self, lanes: Lanes) -> None:
        """Start taking messages from the lanes. Raises RuntimeError where the system refuses the first threads."""
        self._lanes = lanes
        self._settling.start()
        threading.Thread(target=self._help, name="helper", daemon=True).start()
        with self._lock:
            threading.Thread(target=self._run, name="handler", daemon=True).start()
            self._threads += 1

    def call_in_place(self, function: Callable[[], Any]) -> Any:
        """Call a function in a thread, as handlers are: this one."""
        return function()

    def wake(self) -> None:
        """Messages are ready: tell one thread, which tells the next where it leaves some.

        Where handlers are quick, the thread that runs one finishes the lot before another would have got the
        interpreter; the others are told only if it does not (`_help`).
        """
        if self._threads > self._idle and self._handlers_are_quick():
            if not self._ready.is_set():
                self._ready.set()
        else:
            self._wake_one()

    def _wake_one(self) -> None:
        with self._lock:
            if self._closed:
                return
            if self._idle:
                self._work.notify()
            elif self._threads < self._concurrency:
                self._add_thread()

    def _add_thread(self) -> None:
        """Start one more thread; where the system refuses it, ask SQS for no more than the others can handle."""
        if start_thread(self._run, "handler"):
            self._threads += 1
            if self._refused_at is not None:
                self._refused_at = None
                self._lanes.limit_handlers(self._concurrency)
            return
        if self._refused_at is None:
            self._lanes.log.event("thread_refused", "WARNING", handlers=self._threads)
        self._refused_at = time.monotonic()
        self._lanes.limit_handlers(self._threads)

    def _handlers_are_quick(self) -> bool:
        mean = self._lanes.mean_seconds
        return mean is not None and mean < _QUICK_SECONDS

    def _help(self) -> None:
        """Bring in one more thread each time that messages have waited for a moment."""
        while not self._closed:
            self._ready.wait()
            self._ready.clear()
            time.sleep(_WAITED_SECONDS)
            if len(self._lanes):
                self._wake_one()
                self._ready.set()

    def running(self) -> list[Held]:
        """Messages whose handlers run, or have run and are being settled."""
        return [held for taken in list(self._taken.values()) for held in taken]

    def close(self) -> None:
        """Start nothing more."""
        with self._lock:
            self._closed = True
            self._work.notify_all()
        self._ready.set()

    def tick(self) -> None:
        """Fail the messages whose handlers ran too long. A thread cannot be killed: another one takes its
        place."""
        now = time.monotonic()
        for thread, call in list(self._calls.items()):
            if now - call.started_at >= self._timeout and self._calls.pop(thread, None) is not None:
                timeout = object()
                self._taken[timeout] = self._taken.pop(thread, call.batch)
                with self._lock:
                    self._threads -= 1
                    self._hanging += 1
                # Not here: it may have to wait for the dead-letter queue.
                self._settling.put(partial(self._time_out, call, timeout))
                if len(self._lanes):
                    self.wake()
        if self._refused_at is not None and now - self._refused_at >= REFUSED_SECONDS:
            with self._lock:
                self._add_thread()

    def _time_out(self, call: Call, timeout: object) -> None:
        for held in call.batch:
            held.cancel()
            call.lane.settler.settle(held, HandlerTimeout(self._timeout), time.monotonic() - call.started_at)
        del self._taken[timeout]

    def problem(self) -> str | None:
        """What is wrong with the threads, or None: those that hang cost memory until the process ends."""
        if self._hanging >= self._concurrency:
            return f"{self._hanging} handlers hang although their time is over"
        if self._threads == 0 and self._refused_at is not None:
            return f"{self._hanging} handlers hang although their time is over, and the system refuses more threads"
        return None

    def _run(self) -> None:
        thread = threading.get_ident()
        replaced = False
        try:
            while not replaced and (taken := self._take(thread)):
                replaced = self._handle(*taken, thread)
        except BaseException as error:  # the runtime's own: it must cost neither the messages nor the place
            for held in self._taken.get(thread, ()):
                self._lanes.of(held).settler.settle(held, error, 0)
            raise
        finally:
            self._taken.pop(thread, None)
            with self._lock:
                if replaced:
                    self._hanging -= 1
                else:
                    self._threads -= 1

    def _handle(self, lane: Lane, batch: list[Held], thread: int) -> bool:
        """Call the handler and settle its messages; tells whether another thread has taken this one's place."""
        call = Call(lane, batch, time.monotonic())
        for held in batch:
            held.started_at = call.started_at
            held.message.must_end_by(call.started_at + self._timeout)
        self._calls[thread] = call
        if len(self._lanes):
            self.wake()
        errors = self._call(lane.handler, batch)
        replaced = self._calls.pop(thread, None) is None
        seconds = time.monotonic() - call.started_at
        for held, error in zip(batch, errors, strict=True):
            # A message that timed out was settled then: settling again only reports that the handler came back.
            lane.settler.settle(held, error, seconds)
        if not replaced:
            del self._taken[thread]
        return replaced

    def _take(self, thread: int) -> tuple[Lane, list[Held]] | None:
        """Wait for messages; None ends the thread."""
        while True:
            # Under the lock that close() and wake() take: nothing is taken once closed, and no wake is missed.
            with self._lock:
                while not self._closed and not len(self._lanes):
                    self._idle += 1
                    self._work.wait()
                    self._idle -= 1
                if self._closed:
                    return None
                lane, taken = self._lanes.take()
                self._taken[thread] = taken
            if batch := lane.settler.startable(taken):
                return lane, batch
            del self._taken[thread]

    @staticmethod
    def _call(handler: Handler, batch: list[Held]) -> list[BaseException | None]:
        errors: list[BaseException | None]
        try:
            if handler.batch_size is None:
                message = batch[0].message
                current_message.set(message)
                result = handler.function(message)
            else:
                result = handler.function([held.message for held in batch])
            errors = handler.errors(result, [held.id for held in batch])
        except BaseException as error:  # even SystemExit concerns these messages alone
            errors = [error] * len(batch)
        end_forked_child(errors[0])
        return errors
