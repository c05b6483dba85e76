"""Log lines as they pass by: shown while a person can read them, counted beyond."""

from __future__ import annotations

from typing import Any

from local.commands.log_feed import LINES_MOST, LogFeed


class Terminal:
    """What was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str, _style: str) -> None:
        self.lines.append(text)


def processed(number: int) -> dict[str, Any]:
    return {"timestamp": "2026-01-02T03:04:05.678Z", "action": "message_processed", "message_id": f"m-{number}"}


def test_a_few_lines_are_all_shown() -> None:
    terminal = Terminal()
    feed = LogFeed(terminal.say, quiet=False)

    feed.add(1, processed(1))
    feed.add(2, {"action": "metrics"})
    feed.add(2, {"message": "Traceback"})

    assert [line.split() for line in terminal.lines] == [
        ["03:04:05.678", "worker", "1", "message_processed", "m-1"],
        ["worker", "2", "Traceback"],
    ]
    assert feed.shows_all
    feed.summarize()
    assert len(terminal.lines) == 2


def test_odd_lines_of_handlers_are_shown_as_far_as_a_terminal_goes() -> None:
    terminal = Terminal()
    feed = LogFeed(terminal.say, quiet=False)

    feed.add(1, {"message_id": None, "action": ["a"], "timestamp": 5})
    feed.add(1, {"message_id": {"a": 1}, "message": "x" * 1_000_000})

    assert terminal.lines[0].split() == ["worker", "1", "['a']"]
    assert len(terminal.lines[1]) == 2_000


def test_of_very_many_the_first_are_shown_and_the_others_counted_by_what_they_say() -> None:
    terminal = Terminal()
    feed = LogFeed(terminal.say, quiet=False)
    for number in range(1_500):
        feed.add(1, processed(number))
    feed.add(1, {"action": "message_rejected"})

    assert len(terminal.lines) == LINES_MOST
    assert not feed.shows_all
    feed.summarize()
    assert terminal.lines[LINES_MOST:] == [f"  and {1_500 - LINES_MOST:,} message_processed, 1 message_rejected"]
    feed.add(1, processed(0))
    assert len(terminal.lines) == LINES_MOST + 2, "there is room again"


def test_quiet_shows_counts_alone() -> None:
    terminal = Terminal()
    feed = LogFeed(terminal.say, quiet=True)

    feed.add(1, processed(1))
    feed.summarize()
    feed.summarize()

    assert terminal.lines == ["  and 1 message_processed"]
