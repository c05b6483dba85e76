"""A block of a page that is written by a command, between two marks."""

from __future__ import annotations

from pathlib import Path


def write_block(page: Path, name: str, text: str) -> None:
    """Put text between `<!-- name: written by `make figures` -->` and `<!-- /name -->`, each a line of its own."""
    begin, end = f"<!-- {name}: written by `make figures` -->\n", f"<!-- /{name} -->\n"
    before, rest = page.read_text().split(begin)
    _, after = rest.split(end)
    page.write_text(before + begin + text + end + after)
