"""Tables, sentences and bars for people, by rich: slow to load, so it is loaded when there is something to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

#: Wide enough that no line is broken where there is no terminal that would break it.
_FILE_COLUMNS = 160
#: A column that is narrower than its words breaks them, which is hard to read below this.
_COLUMN_LEAST = 10
#: Of each column: a line and two spaces.
_COLUMN_FRAME = 3


class Terminal:
    """Writes to stdout or stderr, whether that is a terminal or not."""

    def __init__(self, *, stderr: bool) -> None:
        console = Console(stderr=stderr)
        width = None if console.is_terminal else _FILE_COLUMNS
        # Messages are full of brackets: none of them is markup.
        self._console = Console(markup=False, highlight=False, stderr=stderr, width=width)

    def say(self, text: str, style: str) -> None:
        """A sentence, which the terminal breaks."""
        self._console.print(Text(text, style=style), soft_wrap=True)

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table as wide as the terminal; where that is too narrow for one, a line for each cell."""
        if self._console.width < _least_columns(titles, rows):
            self._records(titles, rows)
            return
        table = Table()
        for number, column in enumerate(titles):
            # What comes first is what a person copies: an id, a name.
            table.add_column(column, no_wrap=number == 0, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._console.print(table)

    def _records(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        for row in rows:
            record = Table.grid(padding=(0, 2))
            record.add_column(no_wrap=True)
            record.add_column(overflow="fold")
            for title, cell in zip(titles, row, strict=True):
                record.add_row(Text(title, style="bold"), Text(cell))
            self._console.print(record)
            self._console.print()

    @contextmanager
    def bar(self, title: str, total: int | None) -> Iterator[ShownBar]:
        """A bar, for as long as the block runs."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._console) as progress:
            yield ShownBar(progress, progress.add_task(title, total=total))


def _least_columns(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How wide a terminal has to be for a table that can be read."""
    first, *others = zip(titles, *rows, strict=True)
    words = [[word for cell in cells for word in cell.split()] for cells in others]
    least = [min(_COLUMN_LEAST, max(map(cell_len, column), default=0)) for column in words]
    return 1 + sum(width + _COLUMN_FRAME for width in (max(map(cell_len, first)), *least))


class ShownBar:
    """One bar, as far as a command moves it."""

    def __init__(self, progress: Progress, task: Any) -> None:
        self.done = 0
        self._progress = progress
        self._task = task

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count
        self._progress.advance(self._task, count)

    def show(self, done: int, total: int | None) -> None:
        """So many of so many are done."""
        self._progress.update(self._task, completed=done, total=total)
