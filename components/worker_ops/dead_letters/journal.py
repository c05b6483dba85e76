"""What a redrive has done so far, in a file that outlives it: a killed one is taken up without losing a letter.

A letter is noted before it is copied and after it was: one that was copied for certain is only deleted, and one of
which nobody knows is copied again, because a message twice is better than none.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import suppress

from worker_ops.errors import OpsError
from worker_ops.state_directory import state_directory

_COPYING = "copying"
_COPIED = "copied"
_DELETED = "deleted"


class Journal:
    """The journal of one dead-letter queue. Use it in a with statement: it is one redrive's at a time."""

    def __init__(self, queue_url: str) -> None:
        """Raises OpsError where it cannot be kept, or another redrive of the queue runs on this machine."""
        try:
            self._path = state_directory() / f"redrive-{hashlib.sha256(queue_url.encode()).hexdigest()[:16]}.jsonl"
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
        except OSError as error:
            raise OpsError(
                f"the journal of what is redriven cannot be kept ({error.strerror}: {error.filename}): name another "
                "folder with XDG_STATE_HOME"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise OpsError("another redrive of this dead-letter queue runs on this machine: wait for its end") from None
        self._states = self._read()
        self.in_doubt = sorted(id_ for id_, state in self._states.items() if state == _COPYING)
        """Letters that a killed redrive may have copied: copied again, they are double."""

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_exception: object) -> None:
        # What the disk has no room for was told when it was noted.
        with suppress(OSError):
            if not self._states:
                self._file.truncate(0)
            self._file.close()

    def is_copied(self, letter_id: str) -> bool:
        """Whether the letter is in the source queue already, and only waits to be deleted here."""
        return self._states.get(letter_id) == _COPIED

    def copying(self, letter_id: str) -> None:
        """The letter is about to be copied."""
        self._note(letter_id, _COPYING)

    def copied(self, letter_id: str) -> None:
        """SQS has taken the copy."""
        self._note(letter_id, _COPIED)

    def deleted(self, letter_id: str) -> None:
        """The letter is gone from the dead-letter queue, and so from memory."""
        self._note(letter_id, _DELETED)
        del self._states[letter_id]

    def _note(self, letter_id: str, state: str) -> None:
        self._states[letter_id] = state
        try:
            self._file.write(json.dumps({"id": letter_id, "state": state}) + "\n")
            # What the system has taken survives a kill of this process.
            self._file.flush()
        except OSError as error:
            raise OpsError(f"{self._path} cannot be written: {error.strerror}; the letter {letter_id} stays") from None

    def _read(self) -> dict[str, str]:
        states: dict[str, str] = {}
        for line in self._file:
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            states[entry["id"]] = entry["state"]
            if entry["state"] == _DELETED:
                del states[entry["id"]]
        # Whatever a full disk has left of a line, the next one begins anew.
        self._file.seek(0, os.SEEK_END)
        self._file.write("\n")
        return states
