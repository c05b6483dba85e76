"""What `make figures` simulates: two seconds a message, four at a time, 1 to 20 tasks, and ten seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from worker_simulate.cloud.assumptions import Assumptions
from worker_simulate.definition.service_definition import ServiceDefinition
from worker_simulate.loads.usual_loads import usual_loads
from worker_simulate.runs import summarize
from worker_simulate.stack import Stack
from worker_simulate.summary import Summary
from worker_simulate.work.work import Handling

ROOT = Path(__file__).parent.parent
HANDLING = Handling(seconds=2)
_BASE: dict[str, Any] = {"message_processing_seconds": 2, "concurrency": 4, "max_count": 20}
_SEEDS = 10
_MOST_PER_SECOND = 40


def service(**config: Any) -> ServiceDefinition:
    """The dev stack's service, with this config."""
    return Stack.read(ROOT, "dev", None).service({**_BASE, **config})


def summaries(
    found: ServiceDefinition,
    loads: Sequence[str],
    handling: Handling = HANDLING,
    assumptions: Assumptions | None = None,
) -> dict[str, Summary]:
    """The service under each of the usual loads, by its name."""
    known = usual_loads(_MOST_PER_SECOND)
    chosen = [known[name] for name in loads]
    return {
        summary.load.name: summary
        for summary in summarize(found, chosen, handling, _SEEDS, assumptions or Assumptions())
    }


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    head, *lines = [f"| {' | '.join(cells)} |\n" for cells in (titles, *rows)]
    return "".join([head, f"|{'---|' * len(titles)}\n", *lines])
