"""Notices edited code, so that the workers can run it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edit:
    """What was edited since the workers were started, relative to the service's folder."""

    files: list[Path]
    syntax_errors: list[str]
    """What keeps Python from reading these files, with its line; workers could not start with them."""


class CodeWatch:
    """The Python files of a folder, looked at whenever it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen = self._states()
        self._edited: set[Path] = set()

    def look(self) -> Edit | None:
        """The edit since the last call; None where nothing changed. Files with errors stay part of it until mended."""
        now, before = self._states(), self._seen
        changed = {path for path in now.keys() | before.keys() if now.get(path) != before.get(path)}
        if not changed:
            return None
        self._seen = now
        self._edited |= changed
        files = sorted(self._edited)
        edit = Edit(files, [error for path in files if (error := self._syntax_error(path))])
        if not edit.syntax_errors:
            self._edited.clear()
        return edit

    def _syntax_error(self, path: Path) -> str | None:
        try:
            compile((self.folder / path).read_bytes(), str(path), "exec")
        except FileNotFoundError:
            return None
        except SyntaxError as error:
            return f"{path}:{error.lineno}: {error.msg}"
        except (ValueError, OSError, RecursionError, MemoryError) as error:
            return f"{path}: {error}"
        return None

    def _states(self) -> dict[Path, tuple[int, int]]:
        """What tells one state of a file from another: its time and size."""
        found = {}
        for directory, folders, files in os.walk(self.folder):
            folders[:] = [name for name in folders if not _is_a_tools(Path(directory, name))]
            for name in files:
                path = Path(directory, name)
                if path.suffix == ".py" and (status := _status(path)) and stat.S_ISREG(status.st_mode):
                    found[path.relative_to(self.folder)] = (status.st_mtime_ns, status.st_size)
        return found


def _is_a_tools(folder: Path) -> bool:
    """Whether a folder is hidden, a cache, or a virtual environment."""
    return folder.name.startswith(".") or folder.name == "__pycache__" or (folder / "pyvenv.cfg").exists()


def _status(path: Path) -> os.stat_result | None:
    """None where an editor has just taken the file away."""
    try:
        return path.stat()
    except OSError:
        return None
