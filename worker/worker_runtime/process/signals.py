"""What asks the worker to leave, turned into something that the main thread can wait for: SIGTERM, SIGINT, the
SIGHUP of a terminal that is closed, and the end of the supervisor."""

from __future__ import annotations

import os
import queue
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

#: Waits up to the given seconds for a signal; returns its name, or None.
WaitForSignal = Callable[[float], str | None]

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """While entered, signals to stop end the process at once; from `collect` on, they are collected. For the main
    thread only.

    Whoever sets handlers of their own for them, as a module may at its import, has them for a second at most.
    """

    def __init__(self) -> None:
        # SimpleQueue is made to be put to from a signal handler; an Event is not.
        self._received: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._collecting = False
        self._hung_up = False
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        """Take signals over: nothing is held yet, so that one may end the process wherever it is."""
        self._previous = {number: signal.getsignal(number) for number in (*SIGNALS, signal.SIGHUP)}
        self._take_over()
        # What `nohup` ignores stays so; and a handler's module may have a use of its own for it, which counts.
        if self._previous[signal.SIGHUP] is signal.SIG_DFL:
            signal.signal(signal.SIGHUP, self._note)
        return self

    def collect(self) -> None:
        """Collect signals from now on: messages may be held."""
        self._collecting = True
        self._take_over()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the earlier handlers back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def wait(self, timeout_seconds: float) -> str | None:
        """Return the name of the next signal, or None where none came in time."""
        self._take_over()
        try:
            return self._received.get(timeout=max(0.0, timeout_seconds))
        except queue.Empty:
            return None

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of signal handlers
        if not self._collecting:
            os._exit(0)
        if number == signal.SIGHUP:
            # Of one closed terminal, its shell and the kernel each send one: the second is no demand to hurry.
            if self._hung_up:
                return
            self._hung_up = True
        self._received.put(signal.Signals(number).name)

    def _take_over(self) -> None:
        for number in SIGNALS:
            signal.signal(number, self._note)
        # A supervisor starts its processes with them blocked, so that none is lost before this.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
