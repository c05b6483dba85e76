"""Report: what becomes of each field of the input. What nobody spoke for is told as not understood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from worker_ops.migrate.field import Field, Place


class Outcome(Enum):
    """What became of a field."""

    MAPPED = "mapped"
    BY_HAND = "by hand"
    DROPPED = "dropped"
    NOT_UNDERSTOOD = "not understood"


#: What a person has to see to.
NEEDS_PERSON = (Outcome.BY_HAND, Outcome.NOT_UNDERSTOOD)


@dataclass(frozen=True)
class Finding:
    """What is said of one field: what it became, how to keep it by hand, why it is dropped, or what is wrong."""

    place: Place
    path: str
    outcome: Outcome
    told: str

    def document(self) -> dict[str, Any]:
        """For other programs."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "field": self.path,
            "outcome": self.outcome.value.replace(" ", "_"),
            "told": self.told,
        }


class Report:
    """Findings on the fields of all files, each said once though several environments have it."""

    def __init__(self) -> None:
        """Nothing is said yet."""
        self._findings: dict[Finding, None] = {}
        self._accounted: set[tuple[str, tuple[str, ...]]] = set()

    @property
    def findings(self) -> list[Finding]:
        """All of them, file by file, in the order in which the fields stand."""
        return sorted(
            self._findings, key=lambda found: (found.place.file, found.place.line, found.place.column, found.path)
        )

    @property
    def needs_person(self) -> bool:
        """Whether something is left for a person."""
        return any(found.outcome in NEEDS_PERSON for found in self._findings)

    def counts(self) -> Mapping[Outcome, int]:
        """How many findings there are of each outcome."""
        found = Counter(finding.outcome for finding in self._findings)
        return {outcome: found[outcome] for outcome in Outcome}

    def mapped(self, field: Field, to: str) -> None:
        """The field, with all below it, became the input `to`."""
        self._say(field, Outcome.MAPPED, to)

    def by_hand(self, field: Field, how: str) -> None:
        """A person keeps the field, with all below it, in the way that is told."""
        self._say(field, Outcome.BY_HAND, how)

    def dropped(self, field: Field, why: str) -> None:
        """The field, with all below it, has no meaning any more."""
        self._say(field, Outcome.DROPPED, why)

    def not_understood(self, field: Field, why: str) -> None:
        """Nobody knows what the field means."""
        self._say(field, Outcome.NOT_UNDERSTOOD, why)

    def add(self, other: Report) -> None:
        """What another report says, too."""
        self._findings |= other._findings
        self._accounted |= other._accounted

    def settle(self, root: Field, overridden: Iterable[Field], unknown: str) -> None:
        """Account for what nobody spoke for: what every environment overrides, and what is `unknown`."""
        lost = {field.key for field in overridden}
        for leaf in root.leaves():
            if leaf.key in self._accounted or not leaf.parts:
                continue
            if leaf.key in lost:
                self.dropped(leaf, "every environment says something else here")
            elif leaf.value is None:
                self.dropped(leaf, "it says nothing")
            else:
                self.not_understood(leaf, unknown)

    def _say(self, field: Field, outcome: Outcome, told: str) -> None:
        self._accounted.update(leaf.key for leaf in field.leaves())
        self._findings[Finding(field.place, field.path, outcome, told)] = None
