"""What a person sees, or another program reads."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from worker_ops.terminal import Terminal


class Bar(Protocol):
    """What a command tells of its progress."""

    done: int

    def advance(self, count: int = 1) -> None:
        """So many more are done."""

    def show(self, done: int, total: int | None) -> None:
        """So many of so many are done."""


class Screen:
    """Tables and sentences for people; with `as_json` one JSON document on stdout, and all else on stderr."""

    def __init__(self, *, as_json: bool = False) -> None:
        """Progress always goes to stderr, which leaves stdout to the result."""
        self.as_json = as_json

    def say(self, text: str, style: str = "") -> None:
        """A sentence, where people read."""
        _terminal(stderr=self.as_json).say(printable(text), style)

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table, where people read."""
        _terminal(stderr=self.as_json).table(titles, [[printable(cell) for cell in row] for row in rows])

    def document(self, value: Any) -> None:
        """The result for other programs: one line of JSON."""
        if self.as_json:
            # ASCII: whatever a body holds and the terminal's encoding is, it can be written.
            sys.stdout.write(json.dumps(value) + "\n")
            sys.stdout.flush()

    @contextmanager
    def bar(self, title: str, total: int | None) -> Iterator[Bar]:
        """A bar for what can be counted, where a terminal shows it."""
        if not sys.stderr.isatty():
            yield _NoBar()
            return
        with _terminal(stderr=True).bar(title, total) as bar:
            yield bar


class _NoBar:
    """For a file, which shows no progress."""

    def __init__(self) -> None:
        self.done = 0

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self.done += count

    def show(self, done: int, total: int | None) -> None:
        """Nothing."""


def printable(text: str) -> str:
    """Text from messages and logs, without what would steer the terminal."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def confirmed(question: str) -> bool:
    """Whether somebody answers yes. Nobody is there where stdin has ended: that is no."""
    sys.stderr.write(f"{question} [y/N]: ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        sys.stderr.write("\n")
    return answer.strip().lower() in ("y", "yes")


def shortened(text: str, characters: int) -> str:
    """The beginning of a text, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= characters else line[: characters - 3] + "..."


def _terminal(*, stderr: bool) -> Terminal:
    from worker_ops.terminal import Terminal  # noqa: PLC0415 - slow to load, and JSON does without

    return Terminal(stderr=stderr)
