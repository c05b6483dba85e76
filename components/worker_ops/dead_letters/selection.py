"""Which dead letters a command is for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from worker_ops.dead_letters.letter import Letter
from worker_ops.durations import seconds_of
from worker_ops.errors import OpsError


@dataclass(frozen=True)
class Selection:
    """Every condition that is given must hold; without one every letter is meant."""

    ids: Sequence[str] = ()
    reason: str | None = None
    """A part of the reason, or the whole name of the error's type; upper and lower case are the same."""
    topic: str | None = None
    """The topic's ARN, or its name alone."""
    older_than_seconds: int | None = None
    younger_than_seconds: int | None = None
    where: Any = None
    """A compiled JMESPath expression over the letter's document: https://jmespath.org/specification.html"""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def is_everything(self) -> bool:
        """No condition is given."""
        conditions = (self.reason, self.topic, self.older_than_seconds, self.younger_than_seconds, self.where)
        return not self.ids and all(condition is None for condition in conditions)

    def has(self, letter: Letter) -> bool:
        """Whether the letter is meant."""
        age_seconds = (self.now - letter.sent_at).total_seconds()
        return (
            (not self.ids or letter.id in self.ids)
            and (self.reason is None or _has_reason(letter, self.reason.casefold()))
            and (self.topic is None or self.topic in (letter.topic, letter.topic.rpartition(":")[2]))
            and (self.older_than_seconds is None or age_seconds >= self.older_than_seconds)
            and (self.younger_than_seconds is None or age_seconds < self.younger_than_seconds)
            and (self.where is None or self._holds(letter))
        )

    def _holds(self, letter: Letter) -> bool:
        """An expression that cannot be applied to a letter, such as a comparison of a text, does not mean it."""
        try:
            value = self.where.search(letter.document())
        except JMESPathError:
            return False
        # JMESPath's own idea of truth, by which 0 is true: https://jmespath.org/specification.html#or-expressions
        return value is not None and value is not False and value not in ("", [], {})


def chosen_letters(letters: Iterable[Letter], selection: Selection) -> Iterator[Letter]:
    """Those that the selection means. Where it names ids, the last of them ends it."""
    missing = set(selection.ids)
    for letter in letters:
        if not selection.has(letter):
            continue
        yield letter
        missing.discard(letter.id)
        if selection.ids and not missing:
            return


def read_selection(
    ids: Sequence[str],
    *,
    reason: str | None,
    topic: str | None,
    older_than: str | None,
    younger_than: str | None,
    where: str | None,
) -> Selection:
    """The conditions as they were typed. Raises OpsError naming every one that is wrong."""
    problems: list[str] = []
    spans: list[int | None] = []
    for name, text in (("--older-than", older_than), ("--younger-than", younger_than)):
        try:
            spans.append(None if text is None else seconds_of(name, text))
        except OpsError as error:
            spans.append(None)
            problems.append(str(error))
    compiled = None
    if where is not None:
        try:
            compiled = jmespath.compile(where)
        except JMESPathError as error:
            problems.append(f"--where: {where!r} is not a JMESPath expression: {str(error).splitlines()[0]}")
    if problems:
        raise OpsError("\n".join(problems))
    return Selection(tuple(ids), reason, topic, spans[0], spans[1], compiled)


def _has_reason(letter: Letter, reason: str) -> bool:
    return reason in letter.reason.casefold() or reason == letter.error_type.casefold()
