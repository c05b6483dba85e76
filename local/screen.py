"""What a person sees: progress while something happens, and plain lines where nobody watches."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

#: Wide enough that no line of a log is broken where it is not a terminal that would break it.
_FILE_COLUMNS = 160


class Screen:
    """The terminal, or the file or pipe that stands in for it."""

    def __init__(self) -> None:
        console = Console()
        self.is_terminal = console.is_terminal
        # Messages are full of brackets: none of them is markup.
        width = None if console.is_terminal else _FILE_COLUMNS
        self.console = Console(markup=False, highlight=False, width=width)
        self.started = time.monotonic()
        self.seconds: dict[str, float] = {}
        """How long each phase took, in order."""

    def say(self, text: str, style: str = "") -> None:
        """One line, or several."""
        self._print(Text(text, style=style), soft_wrap=True)

    def show(self, renderable: RenderableType) -> None:
        """A table."""
        self._print(renderable)

    def _print(self, renderable: RenderableType, *, soft_wrap: bool | None = None) -> None:
        """Where a full disk takes nothing more, what is shown is lost, and what runs goes on."""
        try:
            self.console.print(renderable, soft_wrap=soft_wrap)
        except OSError as error:
            self.console.quiet = True
            # What waits to be written would fail once more at the end, and be the exit code.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.console.file.fileno())
            sys.stderr.write(f"what is shown is lost from here on: {error.strerror}\n")

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
