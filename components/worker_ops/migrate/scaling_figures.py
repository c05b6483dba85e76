"""What docs/scaling.md simulated of the scaling that a move keeps and of our own default, for the report and the guide.

tests/unit/worker_ops/migrate/test_scaling_figures.py holds these to the page, which `make figures` writes.
"""

from __future__ import annotations

from collections.abc import Sequence

#: What a service gets that says nothing.
DEFAULT = "steady"

#: Titles and cells of the page: medians, and in brackets what shorter and longer delays of SQS's metrics make of them.
TITLES = (
    "preset",
    "steady: p95 s",
    "USD",
    "10,000 at once: drained s",
    "bursts: p95 s",
    "USD",
    "cold: first task s",
)
FIGURES: dict[str, Sequence[str]] = {
    DEFAULT: (
        "4.0 (4.0-4.3)",
        "0.229 (0.225-0.233)",
        "470 (409-523)",
        "225 (162-264)",
        "0.468 (0.446-0.488)",
        "225 (151-275)",
    ),
    "proton": ("1,029 (121-9,674)", "0.313 (0.246-0.366)", "-", "530 (360-2,116)", "0.185 (0.157-0.290)", "-"),
    "copilot": (
        "146 (124-167)",
        "0.834 (0.816-0.847)",
        "498 (468-545)",
        "223 (208-254)",
        "0.641 (0.628-0.667)",
        "248 (215-298)",
    ),
}


def figures_beside_default(preset: str) -> list[tuple[str, ...]]:
    """The rows of the preset that a move keeps, and of our default."""
    return [(f"`{name}`", *FIGURES[name]) for name in (preset, DEFAULT)]


def what_figures_are_of(preset: str) -> str:
    """What to know of them."""
    return (
        f"`scaling: {preset}` is written, which scales as before. Simulated beside `{DEFAULT}`, our default, on"
        " messages of two seconds (docs/scaling.md; a dash: not within the hour). On your own load:"
        f" workers simulate compare {DEFAULT},{preset}"
    )


def scaling_section(preset: str) -> str:
    """The same for the guide, in Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in (TITLES, *figures_beside_default(preset))]
    lines.insert(1, "|" + "---|" * len(TITLES))
    return "\n".join(["## Scaling as before, and in figures", "", what_figures_are_of(preset), "", *lines])
