"""Threads, where the system may refuse one more: a limit on tasks, or no memory for another stack.

Each part starts the thread that it cannot do without before the first message is received; what it starts later is
to be faster, and it does without.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable

#: Beyond this share of a core, one more thread would only wait for the interpreter.
_BUSY_SHARE = 0.8


class Interpreter:
    """Tells whether this process kept the interpreter busy since the last look."""

    def __init__(self) -> None:
        self._looked_at = time.monotonic()
        self._cpu_seconds = time.process_time()

    def was_busy(self) -> bool:
        """Look again."""
        looked_at, self._looked_at = self._looked_at, time.monotonic()
        cpu_seconds, self._cpu_seconds = self._cpu_seconds, time.process_time()
        return self._cpu_seconds - cpu_seconds >= _BUSY_SHARE * (self._looked_at - looked_at)


def start_thread(run: Callable[[], None], name: str) -> bool:
    """Start a daemon thread; False where the system refuses it."""
    try:
        threading.Thread(target=run, name=name, daemon=True).start()
    except (RuntimeError, MemoryError):
        return False
    return True


def report_failure() -> None:
    """Report the exception that is being handled as one that ends a thread, in a thread that goes on."""
    threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
