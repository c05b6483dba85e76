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
    lines = [f"- [ ] `{_name(str(found.place))}` `{_name(found.path)}`: {_line(found.told)}" for found in left]
    return ["## For you to do", "\n".join(lines)]


def _fields(report: Report) -> list[str]:
    parts = ["## Every field"]
    for file, found in groupby(report.findings, key=lambda finding: finding.place.file):
        lines = [f"### `{_name(file)}`", "", "| line | field | | |", "|---|---|---|---|"]
        lines += [
            f"| {one.place.line} | `{_name(_cell(one.path))}` | {_TITLES[one.outcome.value]} | {_cell(one.told)} |"
            for one in found
        ]
        parts.append("\n".join(lines))
    return parts


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _name(text: str) -> str:
    """Between backticks, which a file's own names must not end."""
    return _line(text).replace("`", "'")


def _line(text: str) -> str:
    """In one line, without what would steer a terminal."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
