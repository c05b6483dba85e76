"""Does what this process holds get anywhere? Whoever has forgotten a message, the leases still know of it."""

from __future__ import annotations

import time

from worker_runtime.in_flight.held import Held
from worker_runtime.process.work import Work
from worker_runtime.settlement import deletes

#: Longer than a message is between two parts of the worker, or the first handler takes to start.
STUCK_SECONDS = 40.0


class Progress:
    """Looks for messages that are held and that no part of the worker is about to run, to settle or to return."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._forgotten: dict[Held, float] = {}
        """Messages that no part had at the last look, and since when."""
        self._idle_since: float | None = None
        """Since when messages wait and no handler runs."""

    def problem(self) -> str | None:
        """What is wrong, or None. To be asked again and again, every few seconds."""
        now = time.monotonic()
        self._forgotten = {held: self._forgotten.get(held, now) for held in self._work.forgotten()}
        forgotten = sum(now - since >= _patience_seconds(held) for held, since in self._forgotten.items())
        if forgotten:
            return f"{forgotten} messages are held, and no part of the worker has them"
        if not self._work.is_idle_with_work:
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since >= STUCK_SECONDS:
            return f"messages have waited for {now - self._idle_since:.0f} seconds, and no handler runs"
        return None


def _patience_seconds(held: Held) -> float:
    """A delete is tried again for long, and between two tries only its part knows of it."""
    return STUCK_SECONDS + (deletes.GIVE_UP_SECONDS if held.done else 0)
