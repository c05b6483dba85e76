"""A letter's text while somebody changes it: a file, which stays where what was typed could not be sent."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from pathlib import Path

from worker_ops.child import run_child
from worker_ops.errors import OpsError


class Draft:
    """The file that the user's own editor is given, readable for the user alone."""

    def __init__(self) -> None:
        """Raises OpsError where no file can be made."""
        try:
            self._directory = Path(tempfile.mkdtemp(prefix="workers-edit-"))
        except OSError as error:
            raise _unusable(error) from None
        self.path = self._directory / "letter.json"
        self._before = b""

    def edit(self, text: str) -> str:
        """What the editor makes of the text. Raises OpsError where it fails."""
        editor = _editor()
        # Bytes: whatever ends the text's lines stays so.
        self._before = text.encode(errors="surrogatepass")
        try:
            self.path.write_bytes(self._before)
        except OSError as error:
            raise _unusable(error) from None
        code = _run(editor, self.path)
        edited = edited_text(self.path, text)
        if code:
            raise OpsError(f"the editor ended with {code}: the letter stays as it is")
        return edited

    @property
    def is_typed(self) -> bool:
        """Whether the file holds what somebody typed."""
        try:
            return self.path.read_bytes() not in (b"", self._before)
        except OSError:
            return False

    def remove(self) -> None:
        """Remove the file: a body may be nobody else's business."""
        shutil.rmtree(self._directory, ignore_errors=True)


def edited_text(path: Path, before: str) -> str:
    """The text in a file that an editor wrote. Raises OpsError where it cannot be read."""
    try:
        edited = path.read_bytes().decode(errors="surrogatepass")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(error) from None
    # Editors end a file with a line's end, which was not there.
    return edited if before.endswith("\n") else edited.removesuffix("\n")


def _unusable(error: Exception) -> OpsError:
    return OpsError(f"the editor's file cannot be written or read ({error}): the letter stays as it is")


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        command = shlex.split(named)
    except ValueError:
        command = []
    if not command:
        raise OpsError(f"EDITOR: {named!r} is not a command")
    return command


def _run(editor: list[str], path: Path) -> int:
    try:
        return run_child([*editor, str(path)])
    except OSError as error:
        raise OpsError(f"the editor {editor[0]} cannot be run ({error.strerror}): name one with EDITOR") from None
