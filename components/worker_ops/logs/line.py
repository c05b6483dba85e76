"""A line of a worker's log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

#: Levels by weight, as the runtime writes them.
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
#: Fields that a readable line says in its own way.
_SAID = frozenset({"timestamp", "level", "action", "_aws"})


@dataclass(frozen=True)
class LogLine:
    """A line, where it was written, and what it says if it is one of the runtime's."""

    task: str
    text: str
    fields: dict[str, Any]
    milliseconds: int = 0
    """When CloudWatch says that it was written; 0 where it does not."""

    @classmethod
    def read(cls, task: str, text: str, milliseconds: int = 0) -> LogLine:
        """A line as it was written: JSON of the runtime, or whatever a handler prints."""
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            fields = {}
        return cls(task, text, fields if isinstance(fields, dict) else {}, milliseconds)

    @property
    def is_metrics(self) -> bool:
        """Whether it is there for CloudWatch's metrics, and not to be read."""
        return "_aws" in self.fields

    @property
    def readable(self) -> str:
        """For people: when, where, how bad, what, and the rest as name=value."""
        if "action" not in self.fields:
            return f"{self._time} {self.task} {self.text}"
        level = str(self.fields.get("level", ""))
        rest = " ".join(f"{name}={_short(value)}" for name, value in self.fields.items() if name not in _SAID)
        return f"{self._time} {self.task} {level:7} {self.fields['action']} {rest}".rstrip()

    @property
    def _time(self) -> str:
        if isinstance(self.fields.get("timestamp"), str):
            return self.fields["timestamp"]
        return (
            datetime.fromtimestamp(self.milliseconds / 1_000, UTC).isoformat(timespec="milliseconds")
            if self.milliseconds
            else ""
        )


@dataclass(frozen=True)
class LineFilter:
    """Which lines are asked for; every condition that is given must hold."""

    actions: Sequence[str] = ()
    message_id: str | None = None
    level: str | None = None
    """This one and what is worse."""

    def has(self, line: LogLine) -> bool:
        """Whether the line is asked for."""
        return (
            not line.is_metrics
            and (not self.actions or line.fields.get("action") in self.actions)
            and (self.message_id is None or self.message_id in _ids(line.fields))
            and (self.level is None or _weight(line.fields.get("level")) >= _weight(self.level))
        )


def _ids(fields: dict[str, Any]) -> list[Any]:
    ids = fields.get("message_ids")
    return [fields.get("message_id"), *(ids if isinstance(ids, list) else [])]


def _weight(level: Any) -> int:
    """A line without a level, such as a traceback, is as heavy as can be."""
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
