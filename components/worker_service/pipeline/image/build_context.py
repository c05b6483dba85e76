"""The folder that an image is built from: its archive, and the tag that its content has.

Both depend on names, contents and executable bits alone, so two machines with the same files agree.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from worker_service.inputs.aws_values import Architecture

#: Never a part of the source, wherever they lie: what tools leave behind beside it.
NEVER_SOURCE = frozenset(
    {".git", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", "node_modules", ".DS_Store"}
)
#: Nor is what pip leaves beside a package that it installs.
_NEVER_SOURCE_SUFFIX = ".egg-info"

#: Hex digits of the hash that a tag shows: 128 bits.
TAG_CHARACTERS = 32

#: The earliest time that a ZIP archive can state.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_EXECUTABLE, _PLAIN = 0o755, 0o644


def content_tag(folder: str, *, dockerfile: str, architecture: Architecture) -> str:
    """The tag of the image that the folder's present content builds."""
    digest = hashlib.sha256(f"{dockerfile}\0{architecture.value}\0".encode())
    for name, path in _files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{name}\0{_mode(path):o}\0{content}\0".encode())
    return digest.hexdigest()[:TAG_CHARACTERS]


def archive(folder: str) -> bytes:
    """The folder as a ZIP archive, as CodeBuild takes its source from S3."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, path in _files(folder):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.external_attr = _mode(path) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _files(folder: str) -> Iterator[tuple[str, Path]]:
    """Name within the folder, and path, of every file of the source, by name."""
    root = Path(folder)
    named = ((path.relative_to(root), path) for path in root.rglob("*") if path.is_file())
    source = ((name.as_posix(), path) for name, path in named if not any(map(_is_left_behind, name.parts)))
    return iter(sorted(source))


def _is_left_behind(part: str) -> bool:
    return part in NEVER_SOURCE or part.endswith(_NEVER_SOURCE_SUFFIX)


def _mode(path: Path) -> int:
    return _EXECUTABLE if path.stat().st_mode & 0o100 else _PLAIN
