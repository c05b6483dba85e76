"""The box that runs on this machine, by the state that it keeps beside its program."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from worker_ops.account import Account
from worker_ops.errors import OpsError
from worker_ops.places.place import LocalWorker, Place, Service, WorkQueue
from worker_ops.state_directory import state_directory

_DIRECTORY = ".box"
_START = "start one with `make up`, or name the folder of its program with --program"
#: Below the user's state directory: a file for each box, which holds its program's folder.
_BOXES = "boxes"


def box_runs(program: Path) -> bool:
    """Whether the program has a box, which only a living one locks."""
    try:
        with (program / _DIRECTORY / "lock").open("r+") as lock:
            # Shared: who else asks at this moment must not take the asking for a box.
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def note_box(program: Path) -> Path:
    """Tell commands in other folders that the program has a box. Returns the note, to be removed with the box.

    Raises OSError.
    """
    # In bytes, as Linux has names: they need not be UTF-8.
    name = os.fsencode(program)
    note = state_directory() / _BOXES / hashlib.sha256(name).hexdigest()[:16]
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    note.write_bytes(name)
    return note


def running_boxes() -> list[Path]:
    """The programs of this user's running boxes; a box that was killed has left a note, and is not among them."""
    try:
        notes = sorted((state_directory() / _BOXES).glob("*"))
    except OSError:
        return []
    return [program for note in notes if (program := _noted(note)) and box_runs(program)]


def _noted(note: Path) -> Path | None:
    """None where the box has just ended, or a full disk took what the note said."""
    try:
        name = note.read_bytes()
    except OSError:
        return None
    return Path(os.fsdecode(name)) if name else None


def box_place(program: Path) -> Place:
    """The program's running box. Raises OpsError where none runs."""
    if not box_runs(program):
        raise OpsError(f"no box runs in {program}: {_START}")
    try:
        state = json.loads((program / _DIRECTORY / "box.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OpsError("the box is still starting: try again in a moment") from None
    except (OSError, ValueError) as error:
        raise OpsError(f"the box's state cannot be read: {error}; start the box again") from None
    try:
        return _place(program, state)
    except (AttributeError, LookupError, TypeError):
        raise OpsError(f"the box in {program} is of another version than `workers`: start it again") from None


def _place(program: Path, state: Mapping[str, Any]) -> Place:
    account = Account(
        region=state["region"],
        endpoint_url=state["endpoint_url"],
        credentials=_session_credentials(state["credentials"]),
    )
    return Place(
        "the box",
        account,
        [_service(service) for service in state["services"]],
        program / _DIRECTORY / "logs",
        [_worker(worker) for worker in state["workers"]],
    )


def _worker(state: Mapping[str, Any]) -> LocalWorker:
    return LocalWorker(
        service=state["service"],
        number=state["number"],
        pid=state["pid"],
        folder=Path(state["folder"]),
        environment=state["environment"],
        last_processed=state["last_processed"],
    )


def _session_credentials(credentials: Mapping[str, str]) -> dict[str, str]:
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    given = {key.lower(): value for key, value in credentials.items()}
    return {name: given[name] for name in names if name in given}


def _service(state: Mapping[str, Any]) -> Service:
    return Service(
        name=state["name"],
        queues=tuple(
            WorkQueue(name, queue["queue_url"], queue["dead_letter_queue_url"])
            for name, queue in {"main": state, **state.get("other_queues", {})}.items()
        ),
        topic_arn=state["topic_arn"],
        cluster_arn=state["cluster_arn"],
        ecs_service_name=state["ecs_service_name"],
    )
