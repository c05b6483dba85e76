"""Files that are written whole or not at all, however their writing ends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_whole(texts: Mapping[Path, str]) -> None:
    """Put each text in its file's place, the first one when all are written beside theirs. Raises OSError."""
    beside = {path: path.with_name(f"{path.name}.new") for path in texts}
    try:
        for path, text in texts.items():
            beside[path].write_text(text, encoding="utf-8")
        for path, new in beside.items():
            new.replace(path)
    finally:
        for new in beside.values():
            new.unlink(missing_ok=True)
