"""Writes a run's figures into docs/bench.md."""

from __future__ import annotations

from pathlib import Path

from bench.results import Results
from bench.tables import all_tables
from bench.targets import targets

_BEGIN = "<!-- figures: written by `python -m bench report` -->\n"
_END = "<!-- end of figures -->\n"


def write_page(results: Results, page: Path) -> None:
    """Replace the figures in the page."""
    page.write_text(with_figures(page.read_text(), figures(results)))


def figures(results: Results) -> str:
    """The figures as Markdown: what ran, the targets, the tables."""
    about = "\n".join(f"- {name}: {value}" for name, value in results.about.items())
    failures = "".join(f"- failed: {failure}\n" for failure in results.failures)
    tables = "\n".join(table.for_docs() for table in (targets(results), *all_tables(results)))
    return f"{about}\n{failures}\n{tables}"


def with_figures(page: str, text: str) -> str:
    """Put the figures between their marks in the page."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError("docs/bench.md has lost the marks around its figures")
    return f"{before}{begin}\n{text}\n{end}{after}"
