"""Runs plain handlers in threads: as many as have something to do, up to the concurrency.

Quick ones are called by the receivers themselves (inline_calls.py).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from worker_runtime.errors import HandlerTimeout
from worker_runtime.in_flight.held import Held
from worker_runtime.runners.call import Call, call_handler
from worker_runtime.runners.inline_calls import KEPT_SECONDS, InlineCalls, Replace
from worker_runtime.runners.lanes import Lane, Lanes
from worker_runtime.runners.settling import Settling
from worker_runtime.threads import Interpreter, start_thread

#: Below this mean, switching threads costs more than the handler itself.
_QUICK_SECONDS = 0.0005
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
        self._taken: dict[int, list[Held]] = {}
        """By thread: messages that it took and has not settled."""
        self._calls: dict[int, Call] = {}
        """By thread: whoever takes a call out, the thread or its timeout, settles the call's messages."""
        self._settling = Settling()
        self._inline = InlineCalls(self._lock, self._take_some, self._settling, self.wake, handler_timeout_seconds)
        self._refused_at: float | None = None
        """When the system last refused a thread; None where it gave the latest."""
        self._interpreter_busy = False
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

        Where handlers are quick, whoever brought the messages, or runs one already, finishes the lot before another
        would have got the interpreter; the others are told only if it does not (`_help`).
        """
        if self._closed:
            return
        if not self._handlers_are_quick():
            self._wake_one()
        elif not self._ready.is_set():
            self._ready.set()

    def join(self, most: int, replace: Replace) -> bool:
        """Have the calling thread, a receiver's, handle messages where handlers are quick (InlineCalls.join)."""
        if not self._handlers_are_quick():
            return True
        try:
            return self._inline.join(most, replace)
        finally:
            if len(self._lanes):
                self.wake()

    def _wake_one(self) -> None:
        with self._lock:
            if self._closed or self._is_full():
                return
            if self._idle:
                self._work.notify()
            elif self._threads < self._concurrency:
                self._add_thread()

    def _is_full(self) -> bool:
        """As many handlers run as may."""
        return len(self._taken) + self._inline.calls >= self._concurrency

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
        """Each time that messages have waited for a moment, bring in one more thread where it helps."""
        while not self._closed:
            self._ready.wait()
            self._ready.clear()
            before, interpreter = time.monotonic(), Interpreter()
            time.sleep(KEPT_SECONDS)
            now = time.monotonic()
            self._interpreter_busy = interpreter.was_busy()
            if self._lanes.waiting_since() <= before and not self._interpreter_busy:
                self._wake_one()
            self._inline.look_after(now)
            if self._inline.is_visited or len(self._lanes):
                self._ready.set()

    def running(self) -> list[Held]:
        """Messages whose handlers run, or have run and are being settled."""
        # A message that moves on while this looks is seen twice rather than not at all.
        taken = [held for taken in list(self._taken.values()) for held in taken]
        return [*self._inline.running(), *taken, *self._settling.messages()]

    def close(self) -> None:
        """Start nothing more."""
        with self._lock:
            self._closed = True
            self._inline.close()
            self._work.notify_all()
        self._ready.set()

    def tick(self) -> None:
        """Fail the messages whose handlers ran too long. A thread cannot be killed: another one takes its
        place."""
        now = time.monotonic()
        self._inline.look_after(now)
        for call in self._inline.late_calls(now):
            self._settle_late(call)
        for thread, call in list(self._calls.items()):
            if now - call.started_at >= self._timeout and self._calls.pop(thread, None) is not None:
                with self._lock:
                    self._threads -= 1
                    self._hanging += 1
                self._settle_late(call)
                self._taken.pop(thread, None)
                if len(self._lanes):
                    self.wake()
        if self._refused_at is not None and now - self._refused_at >= REFUSED_SECONDS:
            with self._lock:
                self._add_thread()

    def _settle_late(self, call: Call) -> None:
        # Not here: it may have to wait for the dead-letter queue.
        self._settling.put(partial(self._time_out, call), call.batch)

    def _time_out(self, call: Call) -> None:
        for held in call.batch:
            held.cancel()
            call.lane.settler.settle(held, HandlerTimeout(self._timeout), time.monotonic() - call.started_at)

    def problem(self) -> str | None:
        """What is wrong with the threads, or None: those that hang cost memory until the process ends."""
        hanging = self._hanging + self._inline.hanging
        if hanging >= self._concurrency:
            return f"{hanging} handlers hang although their time is over"
        if self._threads == 0 and self._refused_at is not None:
            return f"{hanging} handlers hang although their time is over, and the system refuses more threads"
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
        errors = call_handler(lane.handler, batch)
        replaced = self._calls.pop(thread, None) is None
        seconds = time.monotonic() - call.started_at
        for held, error in zip(batch, errors or [None] * len(batch), strict=True):
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
                while not self._closed and (not len(self._lanes) or self._is_full() or self._would_crowd()):
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

    def _would_crowd(self) -> bool:
        """One more thread would only keep the receivers' own calls from the interpreter."""
        return self._interpreter_busy and self._inline.is_visited and self._handlers_are_quick()

    def _take_some(self, most: int) -> tuple[Lane, list[Held]] | None:
        """Take messages for several calls; None where none may start. The caller holds the lock."""
        if self._closed or self._is_full() or not len(self._lanes):
            return None
        return self._lanes.take(most)
