"""MIGRATION.md: what became of each field, and how the service moves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from worker_ops.migrate.report import NEEDS_PERSON, Report

_TITLES = {"mapped": "became", "by hand": "**by hand**", "dropped": "dropped", "not understood": "**not understood**"}


def guide(title: str, report: Report, sections: Sequence[str]) -> str:
    """The whole page; `sections` follow the fields."""
    counts = ", ".join(f"{count} {outcome.value}" for outcome, count in report.counts().items() if count)
    parts = [f"# {title}", f"Written by `workers migrate`. Fields: {counts}.", *_open_points(report), *_fields(report)]
    return "\n\n".join([*parts, *sections]) + "\n"


def _open_points(report: Report) -> list[str]:
    """What a person has to see to, once more, to be ticked off."""
    left = [found for found in report.findings if found.outcome in NEEDS_PERSON]
    if not left:
        return []
    lines = [f"- [ ] `{found.place}` `{found.path}`: {found.told}" for found in left]
    return ["## For you to do", "\n".join(lines)]


def _fields(report: Report) -> list[str]:
    parts = ["## Every field"]
    for file, found in groupby(report.findings, key=lambda finding: finding.place.file):
        lines = [f"### `{file}`", "", "| line | field | | |", "|---|---|---|---|"]
        lines += [
            f"| {one.place.line} | `{_cell(one.path)}` | {_TITLES[one.outcome.value]} | {_cell(one.told)} |"
            for one in found
        ]
        parts.append("\n".join(lines))
    return parts


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
