"""Looks at a service for as long as somebody has the page open, once for all who have."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from worker_ops.console.model.look import Look


class Watch:
    """What was seen last, as JSON with a number that grows with each look."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.seen: tuple[int, str] = (0, "")
        self._watchers = 0
        self._lock = threading.Lock()
        self._alone = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keep looking meanwhile. Nobody's account is asked for what nobody sees."""
        with self._lock:
            self._watchers += 1
            if self._watchers == 1:
                self._start()
        try:
            yield
        finally:
            with self._lock:
                self._watchers -= 1
                if not self._watchers:
                    self._alone.set()

    def _start(self) -> None:
        before, self._alone = self._thread, threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._alone, before), name="watch", daemon=True)
        self._thread.start()

    def _run(self, alone: threading.Event, before: threading.Thread | None) -> None:
        # The one before may still wait for an answer: what it keeps is not for two at once.
        if before is not None:
            before.join()
        while not alone.is_set():
            self.seen = (self.seen[0] + 1, json.dumps(self.look.document()))
            alone.wait(self.look.every_seconds)
