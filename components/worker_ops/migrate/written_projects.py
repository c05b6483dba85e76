"""Writes the projects so that each is there whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from worker_ops.errors import OpsError

#: What a run that is killed leaves in the folder; nothing reads it.
_UNFINISHED = ".migrate-"


def write_projects(files: Mapping[str, str], out: Path) -> list[Path]:
    """Write the texts below `out` by their paths, whose first parts are the projects. Raises OpsError; then none is.

    All are written aside first, and moved as whole folders: a full disk, a kill, or somebody who does the same at the
    same time leaves no half of a project. What is there already stays as it is.
    """
    projects = list(dict.fromkeys(PurePosixPath(name).parts[0] for name in files))
    for project in projects:
        _refuse_what_is_there(out / project)
    try:
        out.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=out))
    except OSError as error:
        raise OpsError(f"--out: {out} cannot be written to: {error.strerror}") from None
    try:
        _write(files, aside)
        _move(projects, aside, out)
    except OSError as error:
        raise OpsError(f"--out: {out} cannot be written to, and nothing was: {error.strerror}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return [out / name for name in files]


def _refuse_what_is_there(folder: Path) -> None:
    is_empty = folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())
    if (folder.exists() or folder.is_symlink()) and not is_empty:
        raise OpsError(f"--out: {folder} is there already; name another folder, or move it away")


def _write(files: Mapping[str, str], aside: Path) -> None:
    for name, text in files.items():
        path = aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _move(projects: Sequence[str], aside: Path, out: Path) -> None:
    """A folder takes the place of an empty one alone, so of two at once one is refused."""
    moved: list[str] = []
    try:
        for project in projects:
            (aside / project).rename(out / project)
            moved.append(project)
    except OSError:
        for project in moved:
            with contextlib.suppress(OSError):
                (out / project).rename(aside / project)
        raise
