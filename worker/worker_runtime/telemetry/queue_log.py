"""The log of one queue among several: its lines say whose they are."""

from __future__ import annotations

from typing import Any

from worker_runtime.telemetry.event_log import EventLog, MessageFacts


class QueueLog:
    """Adds `queue`, the name that the worker has for it."""

    def __init__(self, log: EventLog, key: str) -> None:
        self._log = log
        self._key = key

    def event(self, action: str, level: str = "INFO", **fields: Any) -> None:
        """Report one event."""
        self._log.event(action, level, queue=self._key, **fields)

    def message_event(self, action: str, level: str, message: MessageFacts, seconds: float, **more: Any) -> None:
        """Report what happened to a message, whose handler took `seconds`."""
        self._log.message_event(action, level, message, seconds, queue=self._key, **more)

    def line(self, document: dict[str, Any]) -> None:
        """Write a line that is complete in itself."""
        self._log.line(document)
