"""`make figures`: what docs/scaling.md and ADR 0051 say of scaling, simulated, and two plots. Takes a few minutes."""

from __future__ import annotations

import sys
from typing import Any

from scripts.figures import ROOT, service, summaries, table
from scripts.marked_block import check_block, write_block
from scripts.sensitivity_figures import groups_figures, sensitivity_table
from worker_simulate.plots import plot_costs, plot_courses
from worker_simulate.summary import Summary
from worker_simulate.tables import figure
from worker_simulate.tune import front

DOCS = ROOT / "docs"
PAGE = DOCS / "scaling.md"
#: The tables' places.
BLOCKS = (
    (PAGE, "figures"),
    (PAGE, "sensitivity"),
    (DOCS / "adr" / "0051-groups-in-flight-bound-the-demand.md", "figures"),
)

#: What Copilot makes of 60 seconds of acceptable latency and 2 of processing time: it knows of one message at a time.
_COPILOTS_BACKLOG = {"backlog": {"messages_per_task": 30}}
#: By the name in the table. AWS Proton's row and Copilot's are what a move from these leaves behind.
PRESETS: dict[str, dict[str, Any]] = {
    "`steady`": {},
    "`bursty`": {"scaling": "bursty"},
    "`batch`": {"scaling": "batch"},
    "`steady` with `fast_scaling`": {"fast_scaling": True},
    "`steady` from 0": {"min_count": 0, "desired_count": 0},
    "`steady` from 0 with `fast_scaling`": {"min_count": 0, "desired_count": 0, "fast_scaling": True},
    "`steady` from 0 with `fast_wake`": {"min_count": 0, "desired_count": 0, "fast_wake": True},
    "`steady` from 0 with both": {"min_count": 0, "desired_count": 0, "fast_wake": True, "fast_scaling": True},
    "`proton`": {"scaling": "proton"},
    "`copilot`": {"scaling": "copilot", "target_tracking": _COPILOTS_BACKLOG},
}
#: Title, load, measure.
COLUMNS = (
    ("steady: p95 s", "steady", "p95"),
    ("USD", "steady", "usd"),
    ("10,000 at once: drained s", "spike", "drained"),
    ("bursts: p95 s", "bursty", "p95"),
    ("USD", "bursty", "usd"),
    ("cold: first task s", "cold", "first_task"),
)
LOADS = ("steady", "spike", "bursty", "cold")


def main() -> int:
    """Write the tables and the plots; what they take minutes for has its place checked first."""
    try:
        for page, name in BLOCKS:
            check_block(page, name)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"nothing was written: {error}\n")
        return 2
    found = {name: summaries(service(**config), LOADS) for name, config in PRESETS.items()}
    for (page, name), text in zip(BLOCKS, (_presets_table(found), sensitivity_table(), groups_figures()), strict=True):
        write_block(page, name, text)
    plot_courses(
        [found["`steady`"]["spike"], found["`steady` with `fast_scaling`"]["spike"]],
        DOCS / "scaling-spike.png",
        ["10,000 at once: steady", "with fast_scaling"],
    )
    bursty = {name.replace("`", ""): by_load["bursty"] for name, by_load in found.items() if _is_drawn(name)}
    plot_costs(bursty, front(bursty), "Four hours of bursts", DOCS / "scaling-cost.png")
    return 0


def _is_drawn(name: str) -> bool:
    """Where bursts come on a little load, from 0 is the same as from 1; Proton's scale and Copilot's are others."""
    return "from 0" not in name and name not in ("`proton`", "`copilot`")


def _presets_table(found: dict[str, dict[str, Summary]]) -> str:
    rows = [
        [name, *(figure(by_load[load].spread(measure)) for _, load, measure in COLUMNS)]
        for name, by_load in found.items()
    ]
    return table(["preset", *(title for title, _, _ in COLUMNS)], rows)


if __name__ == "__main__":
    sys.exit(main())
