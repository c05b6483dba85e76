"""Remembers when a message failed for the first time, for whoever finds it in the dead-letter queue."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

#: Messages remembered; the oldest is forgotten first.
_MESSAGES_MOST = 10_000


class FirstFailures:
    """Times as this process saw them: SQS keeps none, and lets nobody write on a message."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, datetime] = {}

    def note(self, message_id: str) -> datetime:
        """The time of the message's first failure: now, unless it has failed here before."""
        with self._lock:
            time = self._times.setdefault(message_id, datetime.now(UTC))
            if len(self._times) > _MESSAGES_MOST:
                del self._times[next(iter(self._times))]
            return time

    def forget(self, message_id: str) -> None:
        """The message is in the dead-letter queue."""
        with self._lock:
            self._times.pop(message_id, None)
