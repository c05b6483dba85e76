"""What the workers do, read from their log as it grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any

from worker_ops.console.model.messages import FATES, Messages
from worker_ops.console.model.rate import Rate
from worker_ops.console.model.tasks import Tasks
from worker_ops.logs.line import LogLine

#: Messages in the page's list of the last ones; a story is kept of many more.
LATEST_MOST = 100


class Activity:
    """Takes the log's lines, and says what they come to. Lines and questions come from different threads."""

    def __init__(self, queue_names: Sequence[str]) -> None:
        """`queue_names` are the service's, the main one first: a worker of one queue names none."""
        self._main = queue_names[0]
        self._messages = Messages()
        self._tasks = Tasks()
        self._rates = {name: {fate: Rate() for fate in FATES.values()} for name in queue_names}
        self._lock = Lock()

    def add(self, lines: Iterable[LogLine]) -> None:
        """Take what is new in the log."""
        with self._lock:
            for line in lines:
                fate = "" if line.is_metrics else self._messages.add(line)
                self._tasks.add(line, fate)
                if fate:
                    self._of_queue(line)[fate].add(_seconds(line))

    def story(self, message_id: str) -> dict[str, Any] | None:
        """All that the workers said of a message, or None."""
        with self._lock:
            return self._messages.story(message_id)

    def document(self, now_seconds: float) -> dict[str, Any]:
        """Tasks, the last messages, and how many of each queue had which fate, in all and a second."""
        with self._lock:
            return {
                "tasks": self._tasks.all(),
                "messages": self._messages.latest(LATEST_MOST),
                "fates": {
                    name: {
                        fate: {"total": rate.total, "a_second": rate.a_second(now_seconds)}
                        for fate, rate in rates.items()
                    }
                    for name, rates in self._rates.items()
                },
            }

    def _of_queue(self, line: LogLine) -> dict[str, Rate]:
        name = line.fields.get("queue")
        return self._rates[name if isinstance(name, str) and name in self._rates else self._main]


def _seconds(line: LogLine) -> float:
    """When the line was written, in seconds since 1970."""
    try:
        return datetime.fromisoformat(line.fields["timestamp"]).timestamp()
    except (KeyError, TypeError, ValueError, OverflowError):
        return line.milliseconds / 1_000
