"""The lock and the state of a running box."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from local.box_state import BoxState, WorkerState, only_box, read_state, write_state
from local.errors import BoxError
from local.service import Service
from worker_ops.places.box import box_runs, running_boxes


@pytest.fixture(autouse=True)
def _own_notes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


_STATE = BoxState(
    pid=1,
    stack="dev",
    endpoint_url="http://127.0.0.1:4566",
    region="eu-west-1",
    credentials={"AWS_ACCESS_KEY_ID": "a"},
    services=[Service("orders", "cluster", "orders-1", "topic", "url", "arn", "dead url", "dead arn")],
    workers=[
        WorkerState(
            service="orders",
            number=1,
            pid=None,
            processed=3,
            restarts=1,
            folder="/orders",
            environment={"A": "b"},
            last_processed={"main": "2026-01-02T03:04:05.678Z"},
        )
    ],
    denials=["no"],
)


def test_what_a_running_box_says_is_read(tmp_path: Path) -> None:
    with only_box(tmp_path):
        with pytest.raises(BoxError, match=rf"the box \(process {os.getpid()}\) is still starting"):
            read_state(tmp_path)

        write_state(tmp_path, _STATE)

        assert read_state(tmp_path) == _STATE
    with pytest.raises(BoxError, match=r"^no box runs here: start one"):
        read_state(tmp_path)


def test_state_is_its_users_alone(tmp_path: Path) -> None:
    (tmp_path / ".box").mkdir(mode=0o755)
    with only_box(tmp_path):
        write_state(tmp_path, _STATE)

        assert (tmp_path / ".box").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / ".box" / "box.json").stat().st_mode & 0o777 == 0o600


def test_only_one_box_runs_of_a_program(tmp_path: Path) -> None:
    with (
        only_box(tmp_path),
        pytest.raises(BoxError, match=rf"a box already runs here \(process {os.getpid()}\)"),
        only_box(tmp_path),
    ):
        pass
    with only_box(tmp_path):
        pass


def test_who_asks_keeps_no_box_from_starting(tmp_path: Path) -> None:
    """`workers status --watch` asks again and again, from several terminals."""
    _start(tmp_path)
    with (tmp_path / ".box" / "lock").open() as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        with pytest.raises(BoxError, match=r"^no box runs here"):
            read_state(tmp_path)
        assert not box_runs(tmp_path)
        answered = threading.Timer(0.1, fcntl.flock, (asking, fcntl.LOCK_UN))
        answered.start()

        _start(tmp_path)

        answered.join()


def test_a_box_runs_where_its_user_has_no_place_for_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/1/state")

    with only_box(tmp_path) as unseen:
        write_state(tmp_path, _STATE)
        assert read_state(tmp_path) == _STATE

    assert unseen == (
        "`workers` finds this box from its own folder alone (No such file or directory: /proc/1/state); elsewhere name "
        "it with --program, or a folder for such notes with XDG_STATE_HOME"
    )


def test_a_folder_whose_name_is_not_utf_8_has_its_box(tmp_path: Path) -> None:
    root = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    root.mkdir()

    with only_box(root) as unseen:
        write_state(root, _STATE)

        assert unseen is None
        assert root in running_boxes()
        assert read_state(root) == _STATE
    assert root not in running_boxes()


def test_a_full_disk_leaves_no_state_for_git(tmp_path: Path) -> None:
    (tmp_path / ".box").mkdir()
    (tmp_path / ".box" / ".gitignore").touch()

    _start(tmp_path)

    assert (tmp_path / ".box" / ".gitignore").read_text() == "*\n"


def test_no_box_ever_ran(tmp_path: Path) -> None:
    with pytest.raises(BoxError, match=r"^no box runs here: start one"):
        read_state(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_box_is_recognised_and_in_nobodys_way(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path; from local.box_state import *\n"
        "with only_box(Path(sys.argv[1])):\n"
        "    write_state(Path(sys.argv[1]), BoxState(1, 'dev', '', '', {}, []))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL

    with pytest.raises(BoxError, match=r"no box runs here \(the last one was killed"):
        read_state(tmp_path)
    with only_box(tmp_path), pytest.raises(BoxError, match="is still starting"):
        read_state(tmp_path)


def _refused(command: Callable[[Path], object], root: Path) -> str:
    with pytest.raises(BoxError) as error:
        command(root)
    return str(error.value)


def _start(root: Path) -> None:
    with only_box(root):
        pass


@pytest.mark.parametrize("command", [_start, read_state])
def test_a_state_that_cannot_be_kept_is_told(tmp_path: Path, command: Callable[[Path], object]) -> None:
    (tmp_path / ".box").touch()

    assert _refused(command, tmp_path).startswith(f"the box keeps its state in {tmp_path}/.box, and cannot use it (")
    assert (tmp_path / ".box").is_file()

    (tmp_path / ".box").unlink()
    (tmp_path / ".box" / "lock").mkdir(parents=True)
    assert _refused(command, tmp_path) == (
        f"the box keeps its state in {tmp_path}/.box, and cannot use it (Is a directory: {tmp_path}/.box/lock): "
        "make it a folder that you may write in, or remove it"
    )


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", fail)

    assert _refused(_start, tmp_path).startswith(
        f"the box keeps its state in {tmp_path}/.box, and cannot use it (No space left on device: {tmp_path}/.box): "
    )


def test_a_folder_that_may_not_be_written_in_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, mode: int, exist_ok: bool) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    # Root, as whom tests may run, may write everywhere.
    monkeypatch.setattr(Path, "mkdir", refuse)

    assert _refused(_start, tmp_path).startswith(
        f"the box keeps its state in {tmp_path}/.box, and cannot use it (Permission denied: {tmp_path}/.box): "
    )
