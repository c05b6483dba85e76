"""The log of one queue among several: its lines say whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from worker_runtime.telemetry.event_log import EventLog, MessageEvent


class QueueLog:
    """Adds `queue`, the name that the worker has for it."""

    def __init__(self, log: EventLog, key: str) -> None:
        self._log = log
        self._key = key

    def event(self, action: str, level: str = "INFO", **fields: Any) -> None:
        """Report one event."""
        self._log.event(action, level, queue=self._key, **fields)

    def message_events(self, action: str, level: str, told: Iterable[MessageEvent]) -> None:
        """Report what happened to messages."""
        own = {"queue": self._key}
        self._log.message_events(action, level, [(message, seconds, own | more) for message, seconds, more in told])

    def line(self, document: dict[str, Any]) -> None:
        """Write a line that is complete in itself."""
        self._log.line(document)
