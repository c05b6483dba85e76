"""The folder that an image is built from, as `docker build` sees it: its entries, the tag of the image that they make,
and what cannot be built.

Names, contents, permissions and links count; owners and times do not, so two machines with the same files agree.
"""

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.image.dockerignore import DockerIgnore

#: Hex digits of the hash that a tag shows: 128 bits.
TAG_CHARACTERS = 32
#: Steps of one link's way that are followed: Linux follows 40 links.
_STEPS_MOST = 10_000


@dataclass(frozen=True)
class Entry:
    """A file, folder or link of the context."""

    name: str
    """Its path in the folder, with slashes."""
    path: Path
    mode: int
    """Its own kind and permissions, not those of what a link leads to."""
    size_bytes: int

    @property
    def link_target(self) -> str | None:
        """What the link says, or None for a file or folder."""
        return str(self.path.readlink()) if stat.S_ISLNK(self.mode) else None

    @property
    def is_file(self) -> bool:
        """A file with content of its own."""
        return stat.S_ISREG(self.mode)

    @property
    def is_folder(self) -> bool:
        """A folder, perhaps an empty one."""
        return stat.S_ISDIR(self.mode)


class BuildContext:
    """What the folder holds now."""

    def __init__(self, folder: str, *, dockerfile: str) -> None:
        """`dockerfile` is a path below the folder, with slashes."""
        self._root = Path(folder)
        self._dockerfile = dockerfile
        self.problems: list[str] = []
        """A sentence for whatever Docker, or the build's machine, could not take."""
        self.left_out: list[str] = []
        """Files, and folders with a slash at the end, that are ignored."""
        self._ignore_file, self._ignore = self._read_ignore_file()
        self.entries = [entry for entry in self._walk() if not self._is_refused(entry)]
        """Every entry, by name."""

    def tag(self, architecture: Architecture, variant: str = "") -> str:
        """The tag of the image that the present content builds: another one exactly when the image could be another.

        `variant` is what else makes another image of it.
        """
        digest = hashlib.sha256(f"{self._dockerfile}\0{architecture.value}\0{variant}".encode())
        for entry in self.entries:
            # An ignored ignore file is uploaded, for the build to read, and can be no part of the image.
            if entry.name != self._ignore_file or not self._ignore.ignores(entry.name):
                digest.update(f"{entry.name}\0{entry.mode:o}\0{_content(entry)}\0".encode())
        return digest.hexdigest()[:TAG_CHARACTERS]

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(entry.size_bytes for entry in self.entries if entry.is_file)

    def _read_ignore_file(self) -> tuple[str, DockerIgnore]:
        """The Dockerfile's own ignore file, or else the folder's; Docker reads one of them."""
        own = f"{self._dockerfile}.dockerignore"
        name = own if Path(self._root, own).exists() else ".dockerignore"
        path = Path(self._root, name)
        try:
            # A pipe would be waited for; what is neither file nor folder is refused as an entry.
            return name, DockerIgnore(path.read_text(encoding="utf-8") if path.is_file() or path.is_dir() else "")
        except UnicodeDecodeError:
            self.problems.append(f"{name} is not UTF-8 text")
        except ValueError as error:
            self.problems.append(f"{name}, {error}")
        except OSError as error:
            self.problems.append(_unreadable(name, error))
        return name, DockerIgnore("")

    def _walk(self) -> Iterator[Entry]:
        """What lies in the folder, in order of names; links are not followed, as by Docker."""
        ahead = self._children("")
        while ahead:
            entry = ahead.pop()
            ignored = self._ignore.ignores(entry.name) and entry.name not in (self._dockerfile, self._ignore_file)
            if not ignored:
                yield entry
            elif not entry.is_folder or not self._may_hold_exceptions(entry.name):
                # Pulumi's log takes UTF-8 alone.
                shown = entry.name.encode(errors="backslashreplace").decode()
                self.left_out.append(f"{shown}/" if entry.is_folder else shown)
            if entry.is_folder and (not ignored or self._may_hold_exceptions(entry.name)):
                # Not by recursion: Python bounds its depth, and Linux that of folders far beyond.
                ahead += self._children(entry.name)

    def _children(self, folder: str) -> list[Entry]:
        """What lies right in it, the first name last."""
        try:
            children = [(child, child.lstat()) for child in sorted((self._root / folder).iterdir(), reverse=True)]
        except OSError as error:
            self.problems.append(_unreadable(folder or ".", error))
            return []
        prefix = f"{folder}/" if folder else ""
        return [Entry(f"{prefix}{child.name}", child, status.st_mode, status.st_size) for child, status in children]

    def _may_hold_exceptions(self, folder: str) -> bool:
        needed = (self._dockerfile, self._ignore_file)
        return self._ignore.has_exceptions or any(name.startswith(f"{folder}/") for name in needed)

    def _is_refused(self, entry: Entry) -> bool:
        problem = self._problem(entry)
        if problem:
            self.problems.append(problem)
        return problem is not None

    def _problem(self, entry: Entry) -> str | None:
        target = entry.link_target
        try:
            f"{entry.name}{target}".encode()
        except UnicodeEncodeError:
            return f"{bytes(Path(entry.name))!r} is not a name in UTF-8, or leads to none; rename it"
        if target is not None:
            if self._leaves(entry.path):
                return (
                    f"{entry.name!r} is a link to {target!r}, out of the folder: the build cannot follow it;"
                    " put a copy there, or list the link in .dockerignore"
                )
            return None
        if not entry.is_file and not entry.is_folder:
            is_read = entry.name in (self._dockerfile, self._ignore_file)
            advice = "put a file in its place" if is_read else "list it in .dockerignore"
            return f"{entry.name!r} is neither a file, a folder nor a link; {advice}"
        return _reading_problem(entry) if entry.is_file else None

    def _leaves(self, link: Path) -> bool:
        """Whether the way that a link names leads out of the folder, even if it comes back to it: where the build
        unpacks it, the folder has another name."""
        here, ahead = link.parent, _steps(link)
        for _ in range(_STEPS_MOST):
            if not ahead:
                return False
            step = ahead.pop()
            if Path(step).is_absolute() or (step == ".." and here == self._root):
                return True
            if step == "..":
                here = here.parent
            elif _is_link(here / step):
                ahead += _steps(here / step)
            else:
                here /= step
        return False  # links that lead to each other lead nowhere


def _steps(link: Path) -> list[str]:
    """Where a link leads, the first step last."""
    return list(reversed(link.readlink().parts))


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:
        return False  # its name is too long for one


def _reading_problem(entry: Entry) -> str | None:
    try:
        entry.path.open("rb").close()
    except OSError as error:
        return _unreadable(entry.name, error)
    return None


def _content(entry: Entry) -> str:
    """Hash of a file's bytes, or what a link says."""
    if not entry.is_file:
        return entry.link_target or ""
    with entry.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unreadable(name: str, error: OSError) -> str:
    return f"{name!r} cannot be read: {error.strerror}"
