"""What asks the worker to leave, turned into something that the main thread can wait for: SIGTERM, SIGINT, and
the end of the supervisor."""

from __future__ import annotations

import queue
import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

#: Waits up to the given seconds for a signal; returns its name, or None.
WaitForSignal = Callable[[float], str | None]

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """While entered, signals to stop are collected rather than obeyed. For the main thread only."""

    def __init__(self) -> None:
        # SimpleQueue is made to be put to from a signal handler; an Event is not.
        self._received: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Signals:
        """Start collecting."""
        for number in _SIGNALS:
            self._previous[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the earlier handlers back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def wait(self, timeout_seconds: float) -> str | None:
        """Return the name of the next signal, or None where none came in time."""
        try:
            return self._received.get(timeout=max(0.0, timeout_seconds))
        except queue.Empty:
            return None

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of signal handlers
        self._received.put(signal.Signals(number).name)
