"""Which place a command works in."""

from __future__ import annotations

import fcntl
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.config import Config

import worker_ops.account
from tests.support.told_account import refusal
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


def pulumi(folder: Path, says: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program, and a Pulumi CLI of which this is all; returns the program's folder."""
    (folder / "Pulumi.yaml").touch()
    (folder / "pulumi").write_text(f"#!/bin/sh\n{says}\n")
    (folder / "pulumi").chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    return folder


def test_a_stack_that_was_never_brought_up_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = pulumi(tmp_path, "echo '{}'", monkeypatch)

    with pytest.raises(OpsError, match=r"^stack dev has no outputs: `pulumi up --stack dev` deploys it$"):
        choose_place(Where(stack="dev", program=program))


@pytest.mark.parametrize("queues", ["5", '"q"', '{"a": 5, "b": {"queue_url": 6}}', "null"])
def test_an_output_that_is_called_queues_and_is_something_else_is_left_alone(
    tmp_path: Path, queues: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = pulumi(tmp_path, f"""echo '{{"queue_url": "https://h/1/q", "queues": {queues}}}'""", monkeypatch)

    (service,) = choose_place(Where(stack="dev", program=program)).services

    assert [queue.name for queue in service.queues] == ["main"]


def test_a_cli_that_cannot_tell_the_stacks_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = pulumi(tmp_path, "echo log in first >&2; exit 3", monkeypatch)

    with pytest.raises(OpsError, match=r"^`pulumi stack ls`: log in first$"):
        choose_place(Where(program=program))


def test_the_box_needs_no_cli_that_is_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with box(tmp_path / "orders") as program:
        pulumi(program, "exit 3", monkeypatch)

        assert logs_of(choose_place(Where(program=program))) == program / ".box" / "logs"


def test_without_a_cli_nobody_knows_the_stacks() -> None:
    with pytest.raises(OpsError, match=r"\(the Pulumi CLI, which knows the stacks, is not on PATH\)"):
        choose_place(Where())


@pytest.mark.parametrize(
    ("where", "option"), [(Where(stack=""), "--stack"), (Where(queue=""), "--queue"), (Where(True, ""), "--stack")]
)
def test_an_empty_name_means_no_other_place(tmp_path: Path, where: Where, option: str) -> None:
    with box(tmp_path / "orders"), pytest.raises(OpsError, match=f"^{option}: is empty; name a place, or leave it out"):
        choose_place(where)


@pytest.mark.parametrize(
    "url", ["http://[", "http://a:99999999/1/q", "http://a:0/1/q", "http://a:b/1/q", "ftp://a/1/q", "http://a/q", "q"]
)
def test_what_is_no_address_of_a_queue_is_told(url: str) -> None:
    with pytest.raises(OpsError, match=r"^--queue: .* is not a queue's URL such as https://sqs"):
        choose_place(Where(queue=url))


@pytest.mark.parametrize("state", ["[]", "{}", '"box"', '{"region": "r", "endpoint_url": "u", "credentials": 5}'])
def test_a_box_of_another_version_is_told(tmp_path: Path, state: str) -> None:
    with box(tmp_path / "orders") as program:
        (program / ".box" / "box.json").write_text(state)

        with pytest.raises(OpsError, match="is of another version than `workers`: start it again"):
            choose_place(Where(program=program))


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


def test_a_service_that_never_answers_is_told_while_it_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worker_ops.account, "_CONFIG", Config(retries={"max_attempts": 2}, read_timeout=0.05))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        credentials = {"aws_access_key_id": "k", "aws_secret_access_key": "s"}
        account = Account(region="eu-west-1", endpoint_url=url, credentials=credentials)

        with pytest.raises(OpsError, match=r"^sqs could not be asked: Read timeout on endpoint URL: "):
            account.call("sqs", "list_queues")

    told = capsys.readouterr().err
    assert told == f'Read timeout on endpoint URL: "{url}/": asked again, for a minute at most; Ctrl-C ends it\n'


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


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException"])
def test_credentials_that_are_over_are_told(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def over(**_arguments: object) -> None:
        raise refusal(code, "the token is over")

    account = Account(region="eu-west-1")
    monkeypatch.setattr(account, "_client", lambda _service: SimpleNamespace(list_queues=over))

    with pytest.raises(OpsError, match=rf"^AWS does not take the credentials \({code}\): log in again as for the AWS"):
        account.call("sqs", "list_queues")
