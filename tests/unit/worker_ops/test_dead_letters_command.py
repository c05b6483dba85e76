"""What `workers dead-letters` says and leaves where letters are missing, held, hostile, or where it is interrupted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.dead_letters import DeadLetters, run
from tests.support.told_account import refusal
from worker_ops.account import reason_of
from worker_ops.dead_letters import held_letters, move_task
from worker_ops.errors import OpsError, UnreachableError

COMPLETED = {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 1}
NOT_MOVED = "what somebody holds just now SQS does not move"
AGAIN = "Redrive again once it is released"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(move_task, "_LOOK_SECONDS", 0)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["table", "json"])
@pytest.mark.parametrize(
    "words",
    [["list"], ["list", "--by", "reason"], ["save", "f.jsonl"], ["redrive", "--reason", "no"], ["purge", "--yes"]],
    ids=lambda words: " ".join(words),
)
def test_what_somebody_else_holds_is_told(words: list[str], as_json: list[str]) -> None:
    done = run(DeadLetters("a", "b", held_elsewhere=3), *words, *as_json)

    assert done.exit_code == 0, done.output
    assert "3 letters in flight elsewhere: somebody holds them just now." in (done.stderr if as_json else done.stdout)


def test_reasons_are_counted_without_those_that_somebody_else_holds() -> None:
    done = run(DeadLetters("a", "b", held_elsewhere=3), "list", "--by", "reason", "--json")

    assert json.loads(done.stdout) == [{"reason": "no amount", "error_type": "", "letters": 2}]


@pytest.mark.parametrize("words", [["redrive"], ["purge", "--yes"]], ids=["redrive", "purge"])
def test_an_id_that_is_not_found_is_told_and_the_others_are_done(words: list[str]) -> None:
    dead = DeadLetters("a", "b")

    done = run(dead, *words, "m-1", "m-7")

    assert done.exit_code == 1
    assert done.stderr == "1 of 2 letters not found in orders-dead, or held by somebody else\n"
    assert (list(dead.letters), dead.held) == (["m-0"], set())


def test_a_redrive_of_all_that_runs_already_is_shown_and_said_so() -> None:
    dead = DeadLetters("a")
    dead.move_tasks({"Status": "RUNNING"}, COMPLETED)

    done = run(dead, "redrive", "--rate", "5")

    assert "A redrive runs already, at the rate that it was started with: this shows it." in done.stdout
    assert "1 letter moved back to the queue." in done.stdout
    assert dead.account.times("start_message_move_task") == 0


@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["table", "json"])
@pytest.mark.parametrize(
    ("held_elsewhere", "is_fifo", "told"),
    [
        (0, False, ""),
        (1, False, f"1 letter is in flight elsewhere: {NOT_MOVED}. {AGAIN}"),
        (3, False, f"3 letters are in flight elsewhere: {NOT_MOVED}. {AGAIN}"),
        (3, True, f"3 letters are in flight elsewhere: {NOT_MOVED}, nor what is behind them in their message groups."),
    ],
    ids=["none", "one", "some", "FIFO"],
)
def test_a_redrive_of_all_tells_what_sqs_does_not_move(
    held_elsewhere: int, is_fifo: bool, told: str, as_json: list[str]
) -> None:
    dead = DeadLetters("a", held_elsewhere=held_elsewhere, is_fifo=is_fifo)
    dead.move_tasks({"Status": "COMPLETED"}, {"Status": "RUNNING"}, COMPLETED)

    done = run(dead, "redrive", *as_json)

    said = done.stderr if as_json else done.stdout
    assert (done.exit_code, dead.account.times("start_message_move_task")) == (0, 1)
    assert told in said
    assert ("elsewhere" in said) == bool(told)


@pytest.mark.parametrize(
    "failure",
    [
        UnreachableError("is there a network?"),
        refusal("RequestThrottled", "too often"),
        refusal("InternalFailure", "a fault", status=500),
    ],
    ids=["network", "throttled", "fault"],
)
def test_a_redrive_of_all_is_watched_on_though_it_cannot_be_asked_for_a_while(failure: Exception) -> None:
    dead = DeadLetters("a")
    dead.move_tasks({"Status": "RUNNING"}, failure, failure, COMPLETED)

    done = run(dead, "redrive")

    assert done.exit_code == 0
    assert done.stderr == (
        f"{reason_of(failure)}\nasked again until it works; Ctrl-C ends it\nit works again\n"  # type: ignore[arg-type]
    )


def test_a_redrive_of_all_that_may_not_be_watched_is_said_to_go_on() -> None:
    dead = DeadLetters("a")
    dead.move_tasks({"Status": "COMPLETED"}, {"Status": "RUNNING"}, OpsError("denied: sqs:ListMessageMoveTasks"))

    done = run(dead, "redrive")

    assert done.exit_code == 1
    assert done.stderr == (
        "denied: sqs:ListMessageMoveTasks\nSQS goes on moving the letters: `workers dead-letters redrive` watches "
        "again, with --cancel it stops\n"
    )


def test_nobody_looks_on_once_the_chosen_ids_are_found() -> None:
    dead = DeadLetters(*"abcdefghijklmnopqrstuvwxyz")

    assert run(dead, "redrive", "m-3", "m-4").exit_code == 0
    assert dead.account.times("receive_message") == 1


def test_more_letters_are_purged_than_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_letters, "LOOKED_AT_MOST", 10)
    dead = DeadLetters(*"abcdefghijklmnopqrstuvwxyz")

    done = run(dead, "purge", "--yes", "--save", "old.jsonl", "--json")

    assert json.loads(done.stdout) == {"purged": 26, "file": "old.jsonl"}
    assert dead.letters == {}


STOPPED = (
    "stopped at 10 letters that stay, the most that are held at a time: about 16 more were not looked at; redrive or "
    "purge some of those that stay, and run this again\n"
)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["purge", "--yes", "--save", "f.jsonl", "--reason", "other"], {"purged": 0, "file": None}),
        (["redrive", "--reason", "other"], {"moved": 0, "looked_at": 10, "double": 0}),
        (["save", "f.jsonl"], {"saved": 10, "file": "f.jsonl"}),
    ],
    ids=["purge", "redrive", "save"],
)
def test_what_stops_because_too_many_letters_stay_is_unfinished(
    words: list[str], told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_letters, "LOOKED_AT_MOST", 10)
    dead = DeadLetters(*"abcdefghijklmnopqrstuvwxyz")

    done = run(dead, *words, "--json")

    assert (done.exit_code, json.loads(done.stdout), done.stderr) == (1, told, STOPPED)
    assert (len(dead.letters), dead.held) == (26, set())


@pytest.mark.parametrize("words", [["save", "f.jsonl"], ["redrive", "--reason", "other"], ["list"]], ids=lambda w: w[0])
def test_exactly_as_many_letters_as_are_held_are_all_of_them(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_letters, "LOOKED_AT_MOST", 10)

    done = run(DeadLetters(*"abcdefghij"), *words, "--json")

    assert (done.exit_code, done.stderr) == (0, "")


@pytest.mark.parametrize(("words", "sent"), [(["show"], 0), (["edit"], 0)], ids=["show", "edit"])
def test_a_letter_that_was_not_found_may_be_where_nobody_looked(
    words: list[str], sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_letters, "LOOKED_AT_MOST", 10)
    dead = DeadLetters(*"abcdefghijklmnopqrstuvwxyz", held_elsewhere=2)

    done = run(dead, *words, "m-25")

    assert (done.exit_code, dead.account.times("send_message"), dead.held) == (2, sent, set())
    elsewhere = "2 are held by somebody else just now: try again in a minute"
    assert done.stderr == f"no letter m-25 is in orders-dead; {elsewhere}; {STOPPED}"


def test_a_list_asks_for_the_counts_once_before_it_looks_and_once_after() -> None:
    dead = DeadLetters("a", "b")

    assert run(dead, "list").exit_code == 0
    assert dead.account.times("get_queue_attributes") == 2


def test_a_list_is_only_cut_where_there_is_more() -> None:
    assert run(DeadLetters("a", "b"), "list", "--most", "2", "--json").stderr == ""


def test_a_list_says_what_it_did_not_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_letters, "LOOKED_AT_MOST", 20)
    dead = DeadLetters(*"abcdefghijklmnopqrstuvwxyz")
    not_all = "Only 20 letters were looked at, the most that are held at a time.\n"

    done = run(dead, "list", "--by", "reason", "--json")
    assert ([group["letters"] for group in json.loads(done.stdout)], done.stderr) == ([20], not_all)
    assert run(dead, "list", "--reason", "nobody said so", "--json").stderr == not_all
    shown = run(dead, "list", "--most", "3", "--json")
    assert shown.stderr == "Only 3 are shown: --most shows more, up to 100,000.\n"
    assert run(dead, "list", "--most", "4", "--reason", "nobody said so", "--json").stderr == not_all


@pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, 0), ("n\n", 1, 1), ("\n", 1, 1), ("", 1, 1)])
def test_purge_asks_and_no_answer_is_no(answer: str, code: int, left: int) -> None:
    dead = DeadLetters("a")

    done = run(dead, "purge", "--save", "old.jsonl", answer=answer)

    assert (done.exit_code, len(dead.letters)) == (code, left)
    assert done.stderr.startswith("Delete all of about 1 letters in orders-dead, saved to old.jsonl first? [y/N]: ")
    assert ("nothing was deleted" in done.stderr) is bool(left)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["purge", "--yes", "--save", "old.jsonl"], "2 letters deleted; they are in old.jsonl."),
        (["redrive", "--reason", "no"], "2 letters moved back to the queue; the rest stays."),
    ],
    ids=["purge", "redrive"],
)
def test_ctrl_c_ends_with_how_far_it_came_and_releases_the_rest(words: list[str], told: str) -> None:
    dead = DeadLetters(*"abcd")
    dead.interrupted_at = "m-2"

    done = run(dead, *words)

    assert done.exit_code == 130
    assert told in done.stdout
    assert done.stderr == "interrupted\n"
    assert (list(dead.letters), dead.held) == (["m-2", "m-3"], set())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["purge", "--yes", "--save", "old.jsonl"], "2 letters deleted; they are in old.jsonl."),
        (["redrive", "--reason", "no"], "2 letters moved back to the queue; the rest stays."),
    ],
    ids=["purge", "redrive"],
)
@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (OpsError("is there a network?"), "is there a network?"),
        (refusal("Throttled", "slowly"), "Operation was refused: Throttled: slowly"),
    ],
    ids=["network", "refused"],
)
def test_a_call_that_fails_in_the_middle_leaves_the_work_unfinished(
    words: list[str], told: str, failure: Exception, why: str
) -> None:
    dead = DeadLetters(*"abcd")
    dead.fails_at, dead.failure = "m-2", failure

    done = run(dead, *words)

    assert (done.exit_code, done.stderr) == (1, f"{why}\n{told}\n")
    assert (list(dead.letters), dead.held) == (["m-2", "m-3"], set())


def test_a_call_that_fails_before_anything_was_done_is_something_to_correct() -> None:
    dead = DeadLetters("a")
    dead.account.answers["receive_message"] = OpsError("denied: sqs:ReceiveMessage")

    done = run(dead, "save", "f.jsonl")

    assert (done.exit_code, done.stderr) == (2, "denied: sqs:ReceiveMessage\n")
    assert not Path("f.jsonl").exists()


@pytest.mark.parametrize("words", [["save", "f.jsonl"], ["purge", "--yes", "--save", "f.jsonl"]], ids=["save", "purge"])
def test_no_file_is_left_that_has_no_letter(words: list[str]) -> None:
    done = run(DeadLetters("a"), *words, "--reason", "other")

    assert (done.exit_code, Path("f.jsonl").exists()) == (0, False)
    assert "No letter fits: nothing was" in done.stdout


@pytest.mark.parametrize("text", ["a\r\nb\r\n", "a\nb", "a\n", "\u2028", '"\\ud800"'])
def test_what_the_editor_leaves_alone_is_not_sent(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "true")

    done = run(DeadLetters(text), "edit", "m-0", "--json")

    assert (done.exit_code, json.loads(done.stdout)) == (0, {"sent": None})


@pytest.mark.parametrize(
    ("editor", "told"),
    [
        ('"', "EDITOR: '\"' is not a command"),
        (" ", "EDITOR: ' ' is not a command"),
        ("/nowhere", "the editor /nowhere cannot be run (No such file or directory): name one with EDITOR"),
        ("rm", "the editor's file cannot be written or read ([Errno 2]"),
        ("truncate -s 0", "the message is empty, which AWS does not take: the letter stays as it is"),
        ("sed -i 's/a/\\x01/'", 'the message holds "\\u0001", which AWS does not take: the letter stays as it is'),
        ("sh -c 'kill -9 $$'", "the editor ended with 137: the letter stays as it is"),
    ],
)
def test_an_editor_that_fails_changes_nothing(editor: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", editor)
    dead = DeadLetters("a")

    done = run(dead, "edit", "m-0")

    assert (done.exit_code, dead.account.times("send_message"), list(dead.letters)) == (2, 0, ["m-0"])
    assert done.stderr.startswith(told)


def test_a_network_that_is_gone_while_somebody_types_is_not_told_in_the_editor(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setenv("EDITOR", "sed -i s/a/b/")
    dead = DeadLetters("a")
    dead.account.answers["change_message_visibility"] = OpsError("is there a network?")

    done = run(dead, "edit", "m-0", "--json")

    assert (json.loads(done.stdout), done.stderr, list(recwarn)) == ({"sent": "new"}, "", [])


def test_a_body_does_not_steer_the_terminal() -> None:
    done = run(DeadLetters("\x1b]0;owned\x07\t{}\n"), "show", "m-0")

    assert "\x1b" not in done.stdout
    assert "\N{REPLACEMENT CHARACTER}]0;owned\N{REPLACEMENT CHARACTER}" in done.stdout


@pytest.mark.parametrize("body", ["NaN", '{"a": -Infinity}', '"\\ud800"', '"\\u00e9"'])
def test_every_body_is_answered_in_json(body: str) -> None:
    done = run(DeadLetters(body), "show", "m-0", "--json")

    shown = json.loads(done.stdout, parse_constant=pytest.fail)["body"]
    assert shown == (json.loads(body) if body.startswith('"') else body)
    assert done.stdout.isascii()
