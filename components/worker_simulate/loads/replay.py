"""A CloudWatch export of NumberOfMessagesSent, minute by minute, as a load."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from worker_simulate.errors import SimulateError
from worker_simulate.loads.load import Load

#: What the load is called.
REPLAY = "replay"
_MINUTE = 60
#: A month, and as much in a minute as a simulation gets through in a minute or two.
_MOST_MINUTES = 31 * 1_440
_MOST_MESSAGES = 10_000_000
_PROBLEMS_SHOWN = 10


def replay(path: Path) -> Load:
    """Read rows of a moment and a count. Raises SimulateError with every line that is none.

    What CloudWatch exports: lines before the first moment are headings, minutes that are not there had no message. The
    moment is ISO 8601 or 2026/06/01 09:00:00, in UTC unless it says otherwise.
    """
    counts, problems = _read(path)
    if not counts and not problems:
        problems = [f"{path}: has no line with a moment and a count, such as 2026-06-01T09:00:00Z,120"]
    if problems:
        more = len(problems) - _PROBLEMS_SHOWN
        raise SimulateError([*problems[:_PROBLEMS_SHOWN], *([f"... and {more} more"] if more > 0 else [])])
    begins = min(counts)
    minutes = int((max(counts) - begins).total_seconds() // _MINUTE) + 1
    if minutes > _MOST_MINUTES:
        raise SimulateError([f"{path}: {minutes:,} minutes are above {_MOST_MINUTES:,}; replay a month at most"])
    if sum(counts.values()) > _MOST_MESSAGES:
        raise SimulateError([f"{path}: {sum(counts.values()):,.0f} messages are above {_MOST_MESSAGES:,}"])
    expected = np.zeros(minutes * _MINUTE)
    for moment, count in counts.items():
        second = int((moment - begins).total_seconds())
        expected[second : second + _MINUTE] += count / _MINUTE
    return Load(REPLAY, f"{path.name}: {expected.sum():,.0f} messages in {minutes:,} minutes", expected, begins=begins)


def _read(path: Path) -> tuple[dict[datetime, float], list[str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        return {}, [f"{path}: cannot be read: {error}"]
    counts: dict[datetime, float] = {}
    problems = []
    for number, row in enumerate(rows, start=1):
        moment = _moment(row[0]) if row else None
        if moment is None:
            if counts and any(row):
                problems.append(f"{path}, line {number}: {row[0]!r} is not a moment")
            continue
        count = _count(row[1] if len(row) > 1 else "")
        if count is None:
            problems.append(f"{path}, line {number}: {','.join(row[1:])!r} is not a number of messages")
            continue
        minute = moment.replace(second=0, microsecond=0)
        counts[minute] = counts.get(minute, 0) + count
    return counts, problems


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(text: str) -> float | None:
    try:
        count = float(text.strip() or 0)
    except ValueError:
        return None
    return count if 0 <= count < float("inf") else None
