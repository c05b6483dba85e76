"""A block of a file that is written by a command, between two marks."""

from __future__ import annotations

from pathlib import Path

from scripts.whole_files import write_whole


def between(path: Path, begin: str, end: str, text: str) -> str:
    """What the file is to hold: text between the two marks, each a line of its own. Raises ValueError without them."""
    before, begins, rest = path.read_text(encoding="utf-8").partition(begin)
    _, ends, after = rest.partition(end)
    if not begins or not ends:
        raise ValueError(f"{path}: {(end if begins else begin).strip()!r} does not stand in it; put the mark back")
    return before + begin + text + end + after


def write_block(page: Path, name: str, text: str) -> None:
    """Put text between `<!-- name: written by `make figures` -->` and `<!-- /name -->`. Raises ValueError."""
    write_whole({page: between(page, *_marks(name), text)})


def check_block(page: Path, name: str) -> None:
    """Raise ValueError where the page has lost the marks that `write_block` needs."""
    between(page, *_marks(name), "")


def _marks(name: str) -> tuple[str, str]:
    return f"<!-- {name}: written by `make figures` -->\n", f"<!-- /{name} -->\n"
