"""The rule of a schedule's text: at(...), rate(...) or cron(...), as Application Auto Scaling reads it.

https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_RATE = re.compile(r"rate\(([1-9][0-9]*) (minutes?|hours?|days?)\)")
_WHOLE = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class _Field:
    name: str
    minimum: int
    maximum: int
    names: tuple[str, ...] = ()
    special: str = ""
    """A regular expression of what the field takes beside numbers, names, lists, ranges and steps."""

    def fits(self, text: str) -> bool:
        return bool(self.special and re.fullmatch(self.special, text)) or all(map(self._item_fits, text.split(",")))

    def _item_fits(self, item: str) -> bool:
        values, slash, step = item.partition("/")
        if slash and not (_WHOLE.fullmatch(step) and int(step) > 0):
            return False
        if values == "*":
            return True
        first, dash, last = values.partition("-")
        numbers = [self._number(part) for part in ([first, last] if dash else [first])]
        return all(self.minimum <= number <= self.maximum for number in numbers) and numbers == sorted(numbers)

    def _number(self, text: str) -> int:
        """The number that the text stands for, or one that is never allowed."""
        if text.upper() in self.names:
            return self.names.index(text.upper()) + self.minimum
        return int(text) if _WHOLE.fullmatch(text) else -1


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of month", 1, 31, special=r"\?|L|LW|([1-9]|[12][0-9]|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of week", 1, 7, _DAYS, special=rf"\?|L|([1-7]|{'|'.join(_DAYS)})(L|#[1-5])"),
    _Field("year", 1970, 2199),
)


@dataclass(frozen=True)
class ScheduleExpression:
    """When something happens: once, at a rate, or by a cron expression of six fields."""

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no schedule; for a cron expression, say which field."""
        if isinstance(value, str) and (_RATE.fullmatch(value) or _is_time(value)):
            return []
        if isinstance(value, str) and value.startswith("cron(") and value.endswith(")"):
            return [f"{name}: {value!r}: {misfit}" for misfit in _cron_misfits(value[5:-1].split())]
        return [f"{name}: {value!r} is not {self}"]

    def __str__(self) -> str:
        return "a schedule such as cron(0 20 ? * MON-FRI *), rate(6 hours) or at(2030-01-31T08:00:00)"


def _is_time(value: str) -> bool:
    if not re.fullmatch(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)", value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(value[3:-1])
    except ValueError:
        return False
    return True


def _cron_misfits(texts: list[str]) -> Iterable[str]:
    if len(texts) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        return [f"a cron expression has {len(_FIELDS)} fields ({names}), this one {len(texts)}"]
    misfits = [
        f"{field.name} {text!r} is not in {field.minimum} to {field.maximum}"
        for field, text in zip(_FIELDS, texts, strict=True)
        if not field.fits(text)
    ]
    if [texts[2], texts[4]].count("?") != 1:
        misfits.append("exactly one of day of month and day of week is '?'")
    return misfits
