"""The .box directory: a lock that only a living box holds, and what the other commands need to know of it."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TextIO

from local.aws import Aws
from local.errors import BoxError
from local.service import Service
from worker_ops.places.box import note_box

_DIRECTORY = ".box"
_IGNORES_ALL = b"*\n"
#: A command that asks whether a box runs holds its lock for a moment.
_ASKED_MOST_SECONDS = 1.0
_LOOK_SECONDS = 0.02
_START = "start one with `make up` (or `python -m local up`), or name the folder of its program with --program"


@dataclass(frozen=True)
class WorkerState:
    """One worker, for `status`."""

    service: str
    number: int
    pid: int | None
    """None while it does not run."""
    processed: int
    restarts: int
    folder: str
    """Where its code is, and it runs."""
    environment: dict[str, str]
    """What it runs with, for `workers exec`; the state is its user's alone."""
    last_processed: dict[str, str]
    """When it last processed a message, by the queue's name."""


@dataclass(frozen=True)
class BoxState:
    """A running box."""

    pid: int
    stack: str
    endpoint_url: str
    region: str
    credentials: dict[str, str]
    services: list[Service]
    workers: list[WorkerState] = field(default_factory=list)
    denials: list[str] = field(default_factory=list)
    pulumi: dict[str, Any] | None = None
    """The CLI that deploys to the box, as PulumiCli has it; None where the box ran the program itself."""

    def aws(self) -> Aws:
        """The box's account."""
        return Aws(self.endpoint_url, self.region, self.credentials)


def box_directory(root: Path) -> Path:
    """Where the box of a program keeps its state, made if need be, kept out of Git and from other users.

    Raises BoxError where it cannot be.
    """
    directory = root / _DIRECTORY
    with _told(directory):
        directory.mkdir(mode=0o700, exist_ok=True)
        directory.chmod(0o700)
        ignored = directory / ".gitignore"
        # A full disk leaves an empty one, with which Git would take what is secret here.
        if not ignored.exists() or ignored.read_bytes() != _IGNORES_ALL:
            ignored.write_bytes(_IGNORES_ALL)
    return directory


@contextmanager
def only_box(root: Path) -> Iterator[str | None]:
    """Be the only box of this program. Raises BoxError, naming the process, while another one runs.

    Gives why commands in other folders do not find it; None where they do. The lock ends with its process, however that
    ends, so a killed box leaves nothing to clean up.
    """
    directory = box_directory(root)
    with _lock_file(directory) as lock:
        if not _lock(lock):
            raise BoxError(
                f"a box already runs here (process {lock.read().strip() or 'unknown'}): use it from this terminal with "
                "`python -m local status`, or end it with Ctrl-C in its own"
            )
        with _told(directory):
            lock.truncate(0)
            os.pwrite(lock.fileno(), str(os.getpid()).encode(), 0)
        _state_path(directory).unlink(missing_ok=True)
        note, unseen = _note(root)
        try:
            yield unseen
        finally:
            if note:
                note.unlink(missing_ok=True)
            _state_path(directory).unlink(missing_ok=True)


def _note(root: Path) -> tuple[Path | None, str | None]:
    """The note for commands in other folders, or why there is none: a home may be missing, or not for writing."""
    try:
        return note_box(root), None
    except OSError as error:
        return None, (
            f"`workers` finds this box from its own folder alone ({error.strerror}: {error.filename}); elsewhere name "
            "it with --program, or a folder for such notes with XDG_STATE_HOME"
        )


def write_state(root: Path, state: BoxState) -> None:
    """Tell the other commands. Readers see the old state or the new one, never half of one. Raises BoxError."""
    directory = box_directory(root)
    path = _state_path(directory)
    new = path.with_suffix(".new")
    with _told(directory):
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(state), indent=2), encoding="utf-8")
        new.replace(path)


def read_state(root: Path) -> BoxState:
    """The running box. Raises BoxError where none runs, or where it still starts."""
    directory = root / _DIRECTORY
    path = _state_path(directory)
    if not directory.exists():
        raise BoxError(f"no box runs here: {_START}")
    with _lock_file(directory) as lock:
        if _try_lock(lock, fcntl.LOCK_SH):
            killed = " (the last one was killed, and its workers stopped with it)" if path.exists() else ""
            raise BoxError(f"no box runs here{killed}: {_START}")
        try:
            return _from_json(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise BoxError(
                f"the box (process {lock.read().strip()}) is still starting: try again in a moment"
            ) from None


def _from_json(document: Mapping[str, Any]) -> BoxState:
    services = [Service(**service) for service in document["services"]]
    workers = [WorkerState(**worker) for worker in document["workers"]]
    return BoxState(**{**document, "services": services, "workers": workers})


def _lock_file(directory: Path) -> TextIO:
    with _told(directory):
        return os.fdopen(os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")


@contextmanager
def _told(directory: Path) -> Iterator[None]:
    """What the file system refuses, as a problem that its reader can solve."""
    try:
        yield
    except OSError as error:
        what = error.filename or directory
        raise BoxError(
            f"the box keeps its state in {directory}, and cannot use it ({error.strerror}: {what}): "
            "make it a folder that you may write in, or remove it"
        ) from None


def _lock(lock: TextIO) -> bool:
    """Take the lock of a box, unless another box has it."""
    until = time.monotonic() + _ASKED_MOST_SECONDS
    while not (is_ours := _try_lock(lock, fcntl.LOCK_EX)) and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    return is_ours


def _try_lock(lock: TextIO, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _state_path(directory: Path) -> Path:
    return directory / "box.json"
