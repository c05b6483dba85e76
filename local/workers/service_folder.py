"""Where the code of a service is, which the box runs in place of the service's image."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.errors import BoxError


@dataclass(frozen=True)
class GivenFolders:
    """What `--service` says: the folder of each service named, and of the one that is not."""

    by_name: dict[str, Path] = field(default_factory=dict)
    unnamed: Path | None = None

    def check(self, names: Sequence[str]) -> None:
        """Raise BoxError where they do not fit the services that there are."""
        for name in self.by_name:
            if name not in names:
                raise BoxError(f"--service {name}: the program has no such worker service; it has {_listed(names)}")
        if self.unnamed and len(names) != 1:
            raise BoxError(
                f"--service {self.unnamed}: the program has the worker services {_listed(names)}; "
                "name the folder's own with --service NAME=PATH"
            )


def read_given_folders(options: Sequence[str]) -> GivenFolders:
    """Read PATH or NAME=PATH, relative to the working directory. Raises BoxError."""
    folders: dict[str | None, Path] = {}
    for option in options:
        name, folder = _read(option)
        if name in folders:
            raise BoxError(f"--service {option}: a service has one folder, and this one has been given another")
        folders[name] = folder
    return GivenFolders({name: folder for name, folder in folders.items() if name is not None}, folders.get(None))


def service_folder(name: str, image: str, built: Mapping[str, Path], given: GivenFolders) -> Path:
    """The folder that was given, or the one that the program builds the image from (image -> folder).

    Raises BoxError where there is neither.
    """
    folder = given.by_name.get(name) or given.unnamed or built.get(image)
    if folder is None:
        raise BoxError(
            f"{name}: runs the image {image}, which is not built by the program; name the folder of its code "
            f"with --service {name}=PATH"
        )
    return folder


def _read(option: str) -> tuple[str | None, Path]:
    name, separator, path = option.partition("=")
    if not separator or os.sep in name:
        # No name has a slash: the `=` is the path's own.
        name, path = None, option
    if name == "" or not path:
        raise BoxError(f"--service {option!r}: is not PATH or NAME=PATH; the current folder is .")
    folder = Path(path).expanduser().resolve()
    if not folder.is_dir():
        raise BoxError(f"--service {option}: there is no folder {folder}")
    return name, folder


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
