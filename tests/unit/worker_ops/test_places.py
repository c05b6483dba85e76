"""Which place a command works in."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from worker_ops.account import Account
from worker_ops.dead_letters.journal import Journal
from worker_ops.errors import OpsError
from worker_ops.places.box import note_box, running_boxes
from worker_ops.places.choose import Where, choose_place
from worker_ops.places.place import Place


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", "")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")


@contextmanager
def box(program: Path) -> Iterator[Path]:
    """A program with a running box, as far as the commands can tell."""
    (program / ".box").mkdir(parents=True)
    (program / "Pulumi.yaml").touch()
    account = {"endpoint_url": "http://127.0.0.1:1", "region": "eu-west-1", "credentials": {}}
    (program / ".box" / "box.json").write_text(json.dumps({**account, "services": [], "workers": []}))
    with (program / ".box" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = note_box(program)
        yield program
    note.unlink(missing_ok=True)


def logs_of(place: Place) -> Path | None:
    return place.log_directory


@pytest.mark.parametrize("where", [Where(), Where(box=True)])
def test_the_only_box_of_the_machine_is_found_from_any_folder(tmp_path: Path, where: Where) -> None:
    with box(tmp_path / "orders") as program:
        assert logs_of(choose_place(where)) == program / ".box" / "logs"


def test_of_several_boxes_one_has_to_be_named(tmp_path: Path) -> None:
    with box(tmp_path / "orders") as orders, box(tmp_path / "my mails") as mails:
        with pytest.raises(OpsError) as refused:
            choose_place(Where())

        assert "2 boxes run on this machine" in str(refused.value)
        assert f"--program {orders}" in str(refused.value)
        assert f"--program '{mails}'" in str(refused.value)
        assert logs_of(choose_place(Where(program=mails))) == mails / ".box" / "logs"


def test_the_box_of_this_folder_or_one_above_it_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with box(tmp_path / "orders") as orders, box(tmp_path / "mails"):
        (orders / "worker" / "handlers").mkdir(parents=True)
        monkeypatch.chdir(orders / "worker" / "handlers")

        assert logs_of(choose_place(Where())) == orders / ".box" / "logs"


def test_what_the_pulumi_cli_says_beside_json_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pulumi").write_text("#!/bin/sh\necho a new version is there\n")
    (tmp_path / "pulumi").chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")

    with pytest.raises(OpsError, match=r"`pulumi stack output --stack dev` did not answer in JSON: 'a new version"):
        choose_place(Where(stack="dev", program=tmp_path))


def test_an_address_that_is_none_is_told() -> None:
    account = Account(region="eu-west-1", endpoint_url="soon")

    with pytest.raises(OpsError, match="sqs could not be asked: Invalid endpoint: soon"):
        account.call("sqs", "list_queues")


def test_a_box_that_was_killed_is_none(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    note_box(tmp_path / "orders")

    with pytest.raises(OpsError, match="Neither a box nor a stack is here"):
        choose_place(Where())
    with pytest.raises(OpsError, match="no box runs in "):
        choose_place(Where(box=True))


def test_a_user_without_a_home_has_no_noted_boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", no_home)

    with pytest.raises(OpsError, match="Neither a box nor a stack is here"):
        choose_place(Where())
    with pytest.raises(OpsError, match=r"cannot be kept \(the user has no home folder: HOME\): name another folder"):
        Journal("http://127.0.0.1:1/1/letters")


def test_a_note_without_a_name_is_of_no_box(tmp_path: Path) -> None:
    """As a full disk leaves it."""
    with box(tmp_path / "orders") as orders:
        (tmp_path / "state" / "workers" / "boxes" / "0").touch()

        assert running_boxes() == [orders]
