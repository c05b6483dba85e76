"""`make figures`: what docs/scaling.md says of each preset, simulated, and its two plots. Takes a few minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from worker_simulate.cloud.assumptions import Assumptions
from worker_simulate.loads.usual_loads import usual_loads
from worker_simulate.plots import plot_costs, plot_courses
from worker_simulate.runs import summarize
from worker_simulate.stack import Stack
from worker_simulate.summary import Summary
from worker_simulate.tables import figure
from worker_simulate.tune import front
from worker_simulate.work.work import Handling

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "scaling.md"
BEGIN, END = "<!-- figures: written by `make figures` -->\n", "<!-- /figures -->\n"

#: What the figures are of: two seconds a message, four at a time, 1 to 20 tasks.
BASE: dict[str, Any] = {"message_processing_seconds": 2, "concurrency": 4, "max_count": 20}
SEEDS = 10
_HANDLING = Handling(seconds=2)
_MOST_PER_SECOND = 40

#: By the name in the table. AWS Proton's row is what a move from it leaves behind.
SERVICES: dict[str, dict[str, Any]] = {
    "`steady`": {},
    "`bursty`": {"scaling": "bursty"},
    "`batch`": {"scaling": "batch"},
    "`steady` with `fast_scaling`": {"fast_scaling": True},
    "`steady` from 0": {"min_count": 0, "desired_count": 0},
    "`steady` from 0 with `fast_scaling`": {"min_count": 0, "desired_count": 0, "fast_scaling": True},
    "`proton`": {"scaling": "proton"},
}
_LOADS = ("steady", "spike", "bursty", "cold")


def main() -> None:
    """Write the table and the plots."""
    stack, loads = Stack.read(ROOT, "dev", None), usual_loads(_MOST_PER_SECOND)
    found: dict[str, dict[str, Summary]] = {}
    for name, config in SERVICES.items():
        service = stack.service({**BASE, **config})
        chosen = [loads[load] for load in _LOADS]
        summaries = summarize(service, chosen, _HANDLING, SEEDS, Assumptions())
        found[name] = {summary.load.name: summary for summary in summaries}
        print(_row(name, found[name]), flush=True)  # noqa: T201 - a command for people
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(before + BEGIN + _table(found) + END + after)
    plot_courses(
        [found["`steady`"]["spike"], found["`steady` with `fast_scaling`"]["spike"]],
        ROOT / "docs" / "scaling-spike.png",
        ["10,000 at once: steady", "with fast_scaling"],
    )
    bursty = {name.replace("`", ""): summaries["bursty"] for name, summaries in found.items() if _is_drawn(name)}
    plot_costs(bursty, front(bursty), "Four hours of bursts", ROOT / "docs" / "scaling-cost.png")


def _is_drawn(name: str) -> bool:
    """Where bursts come on a little load, from 0 is the same as from 1; AWS Proton's scale is another."""
    return "from 0" not in name and name != "`proton`"


def _table(found: dict[str, dict[str, Summary]]) -> str:
    columns = ("steady: p95 s", "USD", "10,000 at once: drained s", "bursts: p95 s", "USD", "cold: first task s")
    head = f"| | {' | '.join(columns)} |"
    rows = [_row(name, summaries) for name, summaries in found.items()]
    return "\n".join([head, "|---|---|---|---|---|---|---|", *rows]) + "\n"


def _row(name: str, summaries: dict[str, Summary]) -> str:
    cells = [
        figure(summaries[load].spread(measure))
        for load, measure in (
            ("steady", "p95"),
            ("steady", "usd"),
            ("spike", "drained"),
            ("bursty", "p95"),
            ("bursty", "usd"),
            ("cold", "first_task"),
        )
    ]
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
