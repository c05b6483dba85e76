"""Messages by what the workers' log says of them: the fate of each, and its story."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from worker_ops.logs.line import LogLine

#: What becomes of a message, by the runtime's action: docs/worker.md.
FATES = {
    "message_processed": "processed",
    "message_failed": "failed",
    "message_retried": "retried",
    "message_rejected": "rejected",
    "message_dead_lettered": "dead-lettered",
    "message_returned": "returned",
    "message_abandoned": "abandoned",
}
#: Of these the page knows the story; the oldest ones make room.
MOST_MESSAGES = 10_000
_MOST_STEPS = 50
#: Longer texts are in the log.
_MOST_CHARACTERS = 2_000
#: Fields of a line that a step tells in its own way.
_TOLD = frozenset(
    {"timestamp", "level", "action", "message_id", "message_ids", "message", "error", "error_type", "reason"}
)


@dataclass(frozen=True)
class Step:
    """One line of a message's story."""

    at: str
    task: str
    action: str
    level: str
    text: str
    """Why it failed, or what the handler said."""
    error_type: str
    more: dict[str, str]
    """The line's other fields, such as receive_count or delay_seconds, as they are read."""


@dataclass
class SeenMessage:
    """A message that a worker has told of."""

    id: str
    fate: str = ""
    """What became of it last; empty while only its handler has said something."""
    at: str = ""
    task: str = ""
    topic: str = ""
    queue: str = ""
    tries: int = 0
    seconds: float = 0.0
    """How long its handler ran last."""
    reason: str = ""
    steps: list[Step] = field(default_factory=list)


class Messages:
    """The messages that the workers told of last, in the order of the news."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, SeenMessage] = OrderedDict()

    def add(self, line: LogLine) -> str:
        """Take a line; returns the fate that it tells, or nothing."""
        fate = ""
        for id_ in _ids(line.fields):
            seen = self._seen.setdefault(id_, SeenMessage(id_))
            self._seen.move_to_end(id_)
            fate = _add(seen, line)
        while len(self._seen) > MOST_MESSAGES:
            self._seen.popitem(last=False)
        return fate

    def latest(self, most: int) -> list[dict[str, Any]]:
        """So many, the newest first, without their steps."""
        newest = (seen for seen in reversed(self._seen.values()) if seen.fate)
        return [_summary(seen) for seen, _ in zip(newest, range(most), strict=False)]

    def story(self, id_: str) -> dict[str, Any] | None:
        """All that is known of one, or None."""
        seen = self._seen.get(id_)
        return asdict(seen) if seen else None


def _add(seen: SeenMessage, line: LogLine) -> str:
    fields = line.fields
    step = Step(
        at=str(fields.get("timestamp", "")),
        task=line.task,
        action=str(fields.get("action", "")),
        level=str(fields.get("level", "")),
        text=_text(fields),
        error_type=str(fields.get("error_type", "")),
        more={name: _kept(value) for name, value in fields.items() if name not in _TOLD and value is not None},
    )
    # Steps come from several tasks' logs: they are told in the order in which they happened.
    seen.steps = sorted([*seen.steps, step], key=lambda one: one.at)[-_MOST_STEPS:]
    fate = FATES.get(step.action, "")
    if fate and step.at >= seen.at:
        seen.fate, seen.at, seen.task, seen.reason = fate, step.at, step.task, step.text
        seen.topic = str(fields.get("topic") or "")
        seen.queue = str(fields.get("queue") or "main")
        seen.tries = _number(fields.get("receive_count"), int)
        seen.seconds = _number(fields.get("duration_seconds"), float)
    return fate


def _summary(seen: SeenMessage) -> dict[str, Any]:
    return {name: value for name, value in vars(seen).items() if name != "steps"}


def _ids(fields: dict[str, Any]) -> list[str]:
    several = fields.get("message_ids")
    ids = several if isinstance(several, list) else [fields.get("message_id")]
    return [id_ for id_ in ids if isinstance(id_, str) and id_]


def _text(fields: dict[str, Any]) -> str:
    told = fields.get("error") or fields.get("reason") or fields.get("message") or ""
    return str(told)[:_MOST_CHARACTERS]


def _number(value: Any, kind: type[int] | type[float]) -> Any:
    """The value where it is a number: a handler's own line may put anything there."""
    return kind(value) if isinstance(value, int | float) and isfinite(value) else kind()


def _kept(value: Any) -> str:
    """A field as text that is short: lines of handlers hold anything."""
    if isinstance(value, str):
        return value[:_MOST_CHARACTERS]
    try:
        return json.dumps(value)[:_MOST_CHARACTERS]
    except RecursionError:
        return "nested too deeply"
