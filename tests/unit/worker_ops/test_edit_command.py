"""What becomes of a dead letter's text that somebody types: it is sent, or it is kept and said where."""

from __future__ import annotations

import json
import os
import shlex
import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.dead_letters import DeadLetters, run
from tests.support.told_account import refusal
from worker_ops.errors import OpsError

NO_NETWORK = OpsError("is there a network?")
TYPED = "sed -i s/a/b/"


@pytest.fixture(autouse=True)
def drafts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files of editors are."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("EDITOR", TYPED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept(drafts: Path) -> list[Path]:
    return list(drafts.glob("workers-edit-*/*"))


@pytest.mark.parametrize(
    ("operation", "failure", "code", "why"),
    [
        ("send_message", NO_NETWORK, 2, "is there a network?"),
        ("send_message", OpsError("denied: sqs:SendMessage on q"), 2, "denied: sqs:SendMessage on q"),
        (
            "send_message",
            refusal("InvalidMessageContents", "no"),
            1,
            "Operation was refused: InvalidMessageContents: no",
        ),
        ("send_message", KeyboardInterrupt, 130, ""),
    ],
    ids=["network", "denied", "refused", "ctrl-c"],
)
def test_what_was_typed_and_not_sent_is_in_a_file_that_can_be_sent(
    operation: str, failure: Any, code: int, why: str, drafts: Path
) -> None:
    dead = DeadLetters("a")
    dead.account.answers[operation] = failure if isinstance(failure, Exception) else _raiser(failure)

    done = run(dead, "edit", "m-0")

    (file,) = kept(drafts)
    assert (done.exit_code, dead.letters, dead.held) == (code, {"m-0": "a"}, set())
    assert done.stderr.startswith(why)
    command = f"workers dead-letters edit m-0 --file {file}"
    assert command in done.output
    assert (file.read_text(), stat.S_IMODE(file.parent.stat().st_mode)) == ("b", 0o700)

    dead.account.answers["send_message"] = {"MessageId": "new"}
    again = run(dead, *shlex.split(command)[2:], "--json")

    assert (json.loads(again.stdout), dead.letters) == ({"sent": "new"}, {})
    assert dead.account.last("send_message")["MessageBody"] == "b"


@pytest.mark.parametrize(
    ("editor", "why"),
    [
        ("sh -c 'printf \\\\001 > $0'", "the message holds "),
        ("sh -c 'printf b > $0; exit 3'", "the editor ended with 3"),
        ("sh -c 'printf \\\\377 > $0'", "the editor's file cannot be written or read"),
    ],
    ids=["refused character", "editor failed", "not UTF-8"],
)
def test_what_was_typed_and_cannot_be_sent_is_kept(
    editor: str, why: str, drafts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", editor)

    done = run(DeadLetters("a"), "edit", "m-0")

    assert (done.exit_code, len(kept(drafts))) == (2, 1)
    assert done.stderr.startswith(why)
    assert f"--file {kept(drafts)[0]}" in done.stderr


@pytest.mark.parametrize("editor", ["true", "false", "/nowhere", TYPED, "truncate -s 0"])
def test_no_file_is_left_where_nothing_was_typed_or_all_was_sent(
    editor: str, drafts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", editor)

    done = run(DeadLetters("a"), "edit", "m-0")

    assert "--file" not in done.output
    assert list(drafts.glob("workers-edit-*")) == []


def test_a_letter_that_is_sent_and_not_deleted_is_told_as_such(drafts: Path) -> None:
    dead = DeadLetters("a", "c")
    dead.fails_at = "m-0"

    done = run(dead, "edit", "m-0")

    assert (done.exit_code, dead.account.times("send_message"), kept(drafts)) == (1, 1, [])
    assert done.stderr == (
        "is there a network?\nsent back as new, but the original is still there: "
        "`workers dead-letters purge m-0` deletes it\n"
    )


def test_a_letter_that_is_sent_is_told_though_the_others_cannot_be_released(drafts: Path) -> None:
    dead = DeadLetters("a", "c")
    dead.account.answers["change_message_visibility_batch"] = NO_NETWORK

    done = run(dead, "edit", "m-0")

    assert (done.exit_code, dead.letters, kept(drafts)) == (1, {"m-1": "c"}, [])
    assert done.stderr == "is there a network?\nsent back as new; other letters stay hidden a while\n"


def test_the_first_failure_is_told_though_nothing_can_be_released_after_it() -> None:
    dead = DeadLetters("a")
    dead.account.answers["send_message"] = OpsError("denied: sqs:SendMessage on q")
    dead.account.answers["change_message_visibility_batch"] = NO_NETWORK

    assert run(dead, "edit", "m-0").stderr.startswith("denied: sqs:SendMessage on q\n")


@pytest.mark.parametrize("content", [b"\xff", None], ids=["not UTF-8", "missing"])
def test_a_file_that_cannot_be_read_changes_nothing(content: bytes | None, drafts: Path) -> None:
    if content is not None:
        (drafts / "f").write_bytes(content)
    dead = DeadLetters("a")

    done = run(dead, "edit", "m-0", "--file", "f")

    assert (done.exit_code, dead.letters, dead.held) == (2, {"m-0": "a"}, set())
    assert done.stderr.startswith("the editor's file cannot be written or read")


def test_ctrl_c_is_the_editors_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", f"sh -c 'kill -INT {os.getpid()}; sed -i s/a/b/ $0'")

    assert json.loads(run(DeadLetters("a"), "edit", "m-0", "--json").stdout) == {"sent": "new"}


def _raiser(failure: type[BaseException]) -> Any:
    def answer(_asked: dict[str, Any]) -> Any:
        raise failure

    return answer
