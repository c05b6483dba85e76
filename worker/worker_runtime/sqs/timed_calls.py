"""Calls that end by the clock, of a client that cannot end them itself."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from worker_runtime.threads import start_thread

#: Calls that nobody waits for any longer, and that still hang; beyond them, a new one fails at once.
_HANGING_MOST = 64


#: What a call returned, or what it raised.
_End = tuple[Any, BaseException | None]


class _Call(NamedTuple):
    run: Callable[[], Any]
    ended: queue.SimpleQueue[_End]


class TimedCalls:
    """Runs calls in threads that it keeps, so that whoever waits for one can give it up: a client's own timeout begins
    anew with each byte, and an answer that trickles would never end. What is given up ends some time by itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[queue.SimpleQueue[_Call]] = []
        self._hanging = 0

    @property
    def hanging(self) -> int:
        """Calls that nobody waits for any longer."""
        return self._hanging

    def run(self, call: Callable[[], Any], timeout_seconds: float) -> Any:
        """Make a call; returns and raises what it does. Raises TimeoutError where it takes longer, or too many hang."""
        if self._hanging >= _HANGING_MOST:
            raise TimeoutError(f"{self._hanging} calls hang")
        calls = self._caller()
        if calls is None:
            return call()  # better without an end than not at all
        ended: queue.SimpleQueue[_End] = queue.SimpleQueue()
        calls.put(_Call(call, ended))
        try:
            value, error = ended.get(timeout=timeout_seconds)
        except queue.Empty:
            self._give_up(calls)
            raise TimeoutError(f"the call took longer than {timeout_seconds:g} seconds") from None
        self._is_idle(calls)
        if error is not None:
            raise error
        return value

    def _caller(self) -> queue.SimpleQueue[_Call] | None:
        """The calls of a thread that is idle, or of a new one; None where the system refuses it. Waiting for one would
        be worse: long polls keep theirs for 20 seconds, in which a lease lapses."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
        calls: queue.SimpleQueue[_Call] = queue.SimpleQueue()
        return calls if start_thread(lambda: _make(calls), "timed-calls") else None

    def _is_idle(self, calls: queue.SimpleQueue[_Call]) -> None:
        with self._lock:
            self._idle.append(calls)

    def _give_up(self, calls: queue.SimpleQueue[_Call]) -> None:
        """Count the call until it has ended; its thread is idle then."""
        with self._lock:
            self._hanging += 1

        def note_end() -> None:
            with self._lock:
                self._hanging -= 1
            self._is_idle(calls)

        calls.put(_Call(note_end, queue.SimpleQueue()))


def _make(calls: queue.SimpleQueue[_Call]) -> None:
    while True:
        call = calls.get()
        try:
            call.ended.put((call.run(), None))
        except BaseException as error:  # it is raised where somebody waits for it
            call.ended.put((None, error))
