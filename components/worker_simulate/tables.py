"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worker_simulate.summary import Spread, Summary

_COLUMNS = {
    "p50": "p50 s",
    "p95": "p95 s",
    "p99": "p99 s",
    "drained": "drained s",
    "first_task": "first task s",
    "task_hours": "task-hours",
    "usd": "USD",
    "actions": "actions",
    "peak_tasks": "tasks at most",
}


#: Titles and rows.
Table = tuple[Sequence[str], Sequence[Sequence[str]]]


def loads_table(summaries: Sequence[Summary]) -> Table:
    """A row for each load: the typical figure, and the range."""
    return _table("load", {summary.load.name: summary for summary in summaries})


def policies_table(load: str, summaries: Mapping[str, Summary]) -> Table:
    """A row for each policy under one load."""
    return _table(load, summaries)


def figure(spread: Spread | None) -> str:
    """`458 (430-500)`."""
    if spread is None:
        return "-"
    values = [_short(value) for value in (spread.typical, spread.least, spread.most)]
    return values[0] if values[1] == values[2] else f"{values[0]} ({values[1]}-{values[2]})"


def _table(first: str, rows: Mapping[str, Summary]) -> Table:
    titles = [first, *_COLUMNS.values()]
    return titles, [
        [name, *(figure(summary.spread(measure)) for measure in _COLUMNS)] for name, summary in rows.items()
    ]


def _short(value: float) -> str:
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.3f}"
