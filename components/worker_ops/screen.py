"""What a person sees, or another program reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

#: Wide enough that no line is broken where there is no terminal that would break it.
_FILE_COLUMNS = 160


class Screen:
    """Tables and sentences for people; with `as_json` one JSON document on stdout, and all else on stderr."""

    def __init__(self, *, as_json: bool = False) -> None:
        """Progress always goes to stderr, which leaves stdout to the result."""
        self.as_json = as_json
        self._out = _console(stderr=as_json)
        self._progress = _console(stderr=True)

    def say(self, text: str, style: str = "") -> None:
        """A sentence, where people read."""
        self._out.print(Text(text, style=style), soft_wrap=True)

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table, where people read."""
        table = Table()
        for number, column in enumerate(titles):
            # What comes first is what a person copies: an id, a name.
            table.add_column(column, no_wrap=number == 0, overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(cell)) for cell in row))
        self._out.print(table)

    def document(self, value: Any) -> None:
        """The result for other programs: one line of JSON."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    @contextmanager
    def bar(self, title: str, total: int | None) -> Iterator[_Bar]:
        """A bar for what can be counted, where a terminal shows it."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._progress, disable=not self._progress.is_terminal) as progress:
            yield _Bar(progress, progress.add_task(title, total=total))


class _Bar:
    """One bar, as far as a command moves it."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self._progress = progress
        self._task = task

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self._progress.advance(self._task, count)

    def show(self, done: int, total: int | None) -> None:
        """So many of so many are done."""
        self._progress.update(self._task, completed=done, total=total)


def printable(text: str) -> str:
    """Text from messages and logs, without what would steer the terminal."""
    return "".join(
        character if character.isprintable() or character == "\n" else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def shortened(text: str, characters: int) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 3] + "..."


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr)
    width = None if console.is_terminal else _FILE_COLUMNS
    # Messages are full of brackets: none of them is markup.
    return Console(markup=False, highlight=False, stderr=stderr, width=width)
