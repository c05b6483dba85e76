"""When a scheduled action is due.

https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from worker_simulate.errors import SimulateError

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, ()),
)
_UNIT_MINUTES = {"minute": 1, "hour": 60, "day": 1_440}
_PART = re.compile(r"(?P<first>\*|\?|\w+)(-(?P<last>\w+))?(/(?P<step>\d+))?")


def due(schedule: str, timezone: str, begins: datetime) -> Callable[[datetime], bool]:
    """A test whether the schedule is due in a minute. A rate counts from `begins`. Raises SimulateError."""
    kind, _, inside = schedule.strip().rstrip(")").partition("(")
    zone = _zone(timezone)
    if kind == "at":
        moment = datetime.fromisoformat(inside).replace(tzinfo=zone)
        return lambda minute: minute == moment.replace(second=0, microsecond=0)
    if kind == "rate":
        value, unit = inside.split()
        minutes = int(value) * _UNIT_MINUTES[unit.removesuffix("s")]
        return lambda minute: minute > begins and (minute - begins).total_seconds() // 60 % minutes == 0
    return _cron(inside.split(), schedule, zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SimulateError([f"schedules: {name!r} is not a time zone that this machine knows"]) from None


def _cron(texts: list[str], schedule: str, zone: ZoneInfo) -> Callable[[datetime], bool]:
    allowed = [set(_numbers(text, *field[1:], schedule)) for text, field in zip(texts, _FIELDS, strict=True)]

    def is_due(minute: datetime) -> bool:
        local = minute.astimezone(zone)
        values = (local.minute, local.hour, local.day, local.month, local.isoweekday() % 7 + 1, local.year)
        return all(value in numbers for value, numbers in zip(values, allowed, strict=True))

    return is_due


def _numbers(text: str, least: int, most: int, names: tuple[str, ...], schedule: str) -> Iterable[int]:
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or not _is_known(match["first"], names):
            raise SimulateError(
                [f"{schedule}: {part} cannot be simulated: only lists, ranges and steps of numbers can"]
            )
        first = least if match["first"] in "*?" else _number(match["first"], names)
        is_open = match["first"] in "*?" or match["step"] is not None
        last = _number(match["last"], names) if match["last"] else most if is_open else first
        yield from range(first, last + 1, int(match["step"] or 1))


def _is_known(text: str, names: tuple[str, ...]) -> bool:
    return text in ("*", "?") or text.isdigit() or text.upper() in names


def _number(text: str, names: tuple[str, ...]) -> int:
    return int(text) if text.isdigit() else names.index(text.upper()) + 1
