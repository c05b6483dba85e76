"""What a person sees: progress while something happens, and plain lines where nobody watches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from local.lasting_output import LastingOutput

#: Wide enough that no line of a log is broken where it is not a terminal that would break it.
_FILE_COLUMNS = 160


class Screen:
    """The terminal, or the file or pipe that stands in for it."""

    def __init__(self) -> None:
        self._output = LastingOutput()
        file = cast(IO[str], self._output)
        self.is_terminal = Console(file=file).is_terminal
        # Messages are full of brackets: none of them is markup.
        width = None if self.is_terminal else _FILE_COLUMNS
        self.console = Console(file=file, markup=False, highlight=False, width=width)
        self.started = time.monotonic()
        self.seconds: dict[str, float] = {}
        """How long each phase took, in order."""

    @property
    def reader_left(self) -> bool:
        """Whether what is shown went through a pipe to somebody who has seen enough, such as `head`."""
        return self._output.reader_left

    def say(self, text: str, style: str = "") -> None:
        """One line, or several."""
        self.console.print(Text(text, style=style), soft_wrap=True)

    def show(self, renderable: RenderableType) -> None:
        """A table."""
        self.console.print(renderable)

    @contextmanager
    def phase(self, name: str, *, spinner: bool = True) -> Iterator[None]:
        """Show that something goes on, and how long it took. No spinner where something else moves."""
        started = time.monotonic()
        if self.is_terminal and spinner:
            with self.console.status(Text(f"{name} ...")):
                yield
        else:
            self.say(f"{name} ...")
            yield
        self.seconds[name] = time.monotonic() - started
        self.say(f"{name}: {self.seconds[name]:.1f} s", "green")

    def progress(self) -> Progress:
        """A bar for what can be counted; nothing where it could not move."""
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self.console,
            disable=not self.is_terminal,
        )

    @contextmanager
    def live(self) -> Iterator[Live | None]:
        """A display that changes in place; None where that is impossible."""
        if not self.is_terminal:
            yield None
            return
        with Live(console=self.console, refresh_per_second=10) as live:
            yield live


def printable(text: str) -> str:
    """Text from messages and logs, without what would steer the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def printable_lines(text: str) -> str:
    """Several lines, each printable."""
    return "\n".join(map(printable, text.splitlines()))
