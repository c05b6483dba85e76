"""Conditions of --fail-if, such as p95>60."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from worker_simulate.loads.replay import REPLAY
from worker_simulate.loads.usual_loads import usual_loads
from worker_simulate.summary import MEASURES, Summary

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_CONDITION = re.compile(
    r"\s*(?:(?P<load>[a-z]+)\.)?(?P<measure>[a-z_0-9]+)\s*(?P<operator>[<>]=?)\s*(?P<number>[\d.]+)\s*"
)


@dataclass(frozen=True)
class Condition:
    """What must not be: of any load, or of one."""

    text: str
    load: str | None
    measure: str
    operator: str
    number: float

    def met_by(self, summaries: Iterable[Summary]) -> list[str]:
        """Where it is so in the worst run: a sentence for each load."""
        found = []
        for summary in summaries:
            if self.load not in (None, summary.load.name):
                continue
            spread = summary.spread(self.measure)
            if spread is None:
                found += self._never_drained(summary)
                continue
            worst = spread.most if ">" in self.operator else spread.least
            if _OPERATORS[self.operator](worst, self.number):
                found.append(f"{self.text}: {self.measure} of {summary.load.name} is {worst:,.4g} in the worst run")
        return found

    def _never_drained(self, summary: Summary) -> list[str]:
        """What is left over in a run takes longer than any number of seconds."""
        if self.measure != "drained" or ">" not in self.operator or summary.load.at_once_seconds is None:
            return []
        return [f"{self.text}: {summary.load.name} is not drained in every run"]


def condition(text: str) -> Condition:
    """Parse it. Raises ValueError with what is wrong."""
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(f"--fail-if: {text!r} is not a condition such as p95>60 or spike.drained>460")
    if match["measure"] not in MEASURES:
        raise ValueError(f"--fail-if: {match['measure']!r} is not one of {', '.join(MEASURES)}")
    known = (*usual_loads(1), REPLAY)
    if match["load"] not in (None, *known):
        raise ValueError(f"--fail-if: {match['load']!r} is not one of {', '.join(known)}")
    try:
        number = float(match["number"])
    except ValueError:
        raise ValueError(f"--fail-if: {match['number']!r} is not a number") from None
    return Condition(text, match["load"], match["measure"], match["operator"], number)
