"""The ledger has to see what went wrong: each fault of a worker that it exists for is made up here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.ledger import Attempt, Ledger


def attempt(key: str, start: float, end: float | None, outcome: str | None = "done", worker: str = "w1") -> Attempt:
    return Attempt(key, 1, 1, worker, start, end, outcome if end is not None else None)


def line(event: str, key: str, at: float, number: int = 1) -> str:
    entry = {"event": event, "key": key, "attempt": number, "pid": 7, "worker": "w", "at": at, "cancelled": False}
    return json.dumps(entry) + "\n"


def test_reads_attempts_that_ended_and_one_that_never_did(tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    file.write_text(line("start", "a", 1) + line("start", "b", 2) + line("done", "a", 3) + line("start", "a", 4, 2))
    ledger = Ledger.read(file)
    assert [(entry.key, entry.number, entry.ended_at, entry.outcome) for entry in ledger.attempts] == [
        ("a", 1, 3, "done"),
        ("b", 1, None, None),
        ("a", 2, None, None),
    ]
    assert ledger.done == {"a"}


def test_no_file_is_an_empty_ledger(tmp_path: Path) -> None:
    assert Ledger.read(tmp_path / "none").attempts == []


def test_a_message_that_is_nowhere_is_lost() -> None:
    ledger = Ledger([attempt("done", 1, 2), attempt("failed", 1, 2, "failed"), attempt("killed", 1, None)])
    sent = ["done", "failed", "killed", "dead", "queued", "never-seen"]
    assert ledger.lost(sent, ["dead"], ["queued"]) == {"failed", "killed", "never-seen"}


def test_only_what_was_done_again_is_a_duplicate() -> None:
    ledger = Ledger([attempt("a", 1, 2), attempt("a", 3, 4), attempt("b", 1, 2, "failed"), attempt("b", 3, 4)])
    assert ledger.duplicates == {"a": 1}


@pytest.mark.parametrize(
    ("first_end", "died_at", "overlaps"),
    [(2, {}, False), (4, {}, True), (None, {}, True), (None, {"w1": 2}, False), (None, {"w1": 4}, True)],
)
def test_attempts_overlap_unless_the_first_has_ended_or_its_worker_died(
    first_end: float | None, died_at: dict[str, float], overlaps: bool
) -> None:
    ledger = Ledger([attempt("a", 1, first_end), attempt("a", 3, 5, worker="w2")])
    assert bool(ledger.overlaps(died_at)) is overlaps


@pytest.mark.parametrize(
    ("attempts", "dead", "out_of_order"),
    [
        ([attempt("a", 1, 2), attempt("b", 3, 4)], [], []),
        ([attempt("a", 1, 4), attempt("b", 3, 5)], [], [("a", "b")]),
        ([attempt("a", 1, 2, "failed"), attempt("b", 3, 4)], [], [("a", "b")]),
        ([attempt("a", 1, 2, "failed"), attempt("b", 3, 4)], ["a"], []),
        ([attempt("b", 3, 4)], [], [("a", "b")]),
        ([attempt("a", 1, 2), attempt("b", 3, 4), attempt("a", 5, 6), attempt("b", 7, 8)], [], []),
        ([attempt("a", 1, 2, "failed"), attempt("b", 3, 4), attempt("a", 5, 6, "failed")], ["a"], [("a", "b")]),
        ([attempt("a", 1, 2, "failed"), attempt("b", 3, 4), attempt("a", 5, 6, "failed")], ["a", "a"], []),
        ([attempt("b", 3, 4), attempt("a", 5, 6, "failed")], ["a", "a"], [("a", "b")]),
    ],
    ids=[
        "in order",
        "too early",
        "over a failure",
        "over a dead letter",
        "over a message never run",
        "run again",
        "over a failure that is a dead letter later",
        "over a dead letter that becomes one again",
        "over a dead letter that was never run before",
    ],
)
def test_a_message_may_start_only_when_the_one_ahead_is_done_with(
    attempts: list[Attempt], dead: list[str], out_of_order: list[tuple[str, str]]
) -> None:
    assert Ledger(attempts).out_of_order({"group": ["a", "b"]}, dead) == out_of_order
