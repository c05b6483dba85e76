"""The tasks by what their logs say: whether each works, what it did, and what it did last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker_ops.logs.line import LogLine

#: How a task is, by the runtime's action.
_STATES = {"worker_started": "works", "drain_started": "drains", "worker_stopped": "stopped"}
#: Where a service has had more, those that stopped are forgotten, and then those that were silent longest.
_MOST_TASKS = 200


@dataclass
class SeenTask:
    """A task that wrote a line."""

    name: str
    state: str = "works"
    processed: int = 0
    not_processed: int = 0
    """Handlers that did not return: failed, retried, rejected or dead-lettered."""
    at: str = ""
    """When it last said what it does."""
    does: str = ""
    """The runtime's last action."""
    message_id: str = ""
    health: str = ""
    """Why it says that it is not well; empty while it is."""


class Tasks:
    """The tasks by name."""

    def __init__(self) -> None:
        self._seen: dict[str, SeenTask] = {}

    def add(self, line: LogLine, fate: str) -> None:
        """Take a line, with what became of the message that it is about."""
        action = line.fields.get("action")
        if not isinstance(action, str):
            return
        task = self._task(line.task)
        if line.is_metrics:
            # Once a minute, from a task that has nothing to do, too: it lives.
            return
        task.at = str(line.fields.get("timestamp", ""))
        task.does = action
        task.message_id = str(line.fields.get("message_id") or "")
        task.processed += fate == "processed"
        task.not_processed += fate in ("failed", "retried", "rejected", "dead-lettered")
        task.state = _STATES.get(action, "works" if task.state == "stopped" else task.state)
        if action == "health_changed":
            task.health = "" if line.fields.get("healthy") else str(line.fields.get("reason") or "not healthy")

    def all(self) -> list[dict[str, Any]]:
        """Each task, those that work first."""
        return [vars(task) for task in sorted(self._seen.values(), key=lambda one: (one.state == "stopped", one.name))]

    def _task(self, name: str) -> SeenTask:
        if name not in self._seen and len(self._seen) == _MOST_TASKS:
            oldest = min(self._seen.values(), key=lambda one: (one.state != "stopped", one.at))
            del self._seen[oldest.name]
        return self._seen.setdefault(name, SeenTask(name))
