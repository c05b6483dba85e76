"""Dead letters in a file: JSON Lines, each a whole message with all its attributes."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from worker_ops.dead_letters.letter import Letter
from worker_ops.errors import OpsError


class LetterFile:
    """A new file that letters are written to. What is written lies on the disk before `flush` returns."""

    def __init__(self, path: Path) -> None:
        """Raises OpsError where the file exists, or cannot be made: an earlier file is never written over."""
        try:
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
        except FileExistsError:
            raise OpsError(f"{path} exists already: name another file, or remove it") from None
        except OSError as error:
            raise OpsError(f"{path} cannot be written: {error.strerror}") from None
        self._path = path
        self.count = 0

    def __enter__(self) -> LetterFile:
        return self

    def __exit__(self, *_exception: object) -> None:
        # What the disk has no room for was told when it was written.
        with suppress(OSError):
            self._file.close()
        if not self.count:
            # The next try may use the name.
            self._path.unlink(missing_ok=True)

    def write(self, letter: Letter) -> None:
        """Add a letter."""
        with self._told():
            self._file.write(json.dumps(_line(letter), ensure_ascii=True) + "\n")
        self.count += 1

    def flush(self) -> None:
        """Wait until everything lies on the disk. Raises OpsError where there is no room."""
        with self._told():
            self._file.flush()
            os.fsync(self._file.fileno())

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the disk refuses, as a sentence."""
        try:
            yield
        except OSError as error:
            raise OpsError(
                f"{self._path} cannot be written: {error.strerror}; no letter that is not in it was deleted"
            ) from None


def _line(letter: Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "body": letter.body,
        "attributes": {name: _attribute(value) for name, value in letter.attributes.items()},
        "system_attributes": dict(letter.system),
    }


def _attribute(value: Any) -> dict[str, str]:
    attribute = {key: value[key] for key in ("DataType", "StringValue") if key in value}
    if "BinaryValue" in value:
        attribute["BinaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute
