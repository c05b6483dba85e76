"""What tasks do for the same messages where scaling is told what a task does, and where it is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from scripts.figures import HANDLING, service, summaries, table
from worker_simulate.cloud.assumptions import Assumptions
from worker_simulate.definition.service_definition import (
    MetricKey,
    MetricQuery,
    ServiceDefinition,
    TargetTrackingPolicy,
)
from worker_simulate.summary import Summary
from worker_simulate.tables import figure
from worker_simulate.work.work import Handling

#: What `cpu_target_percent` beside the demand would be: refused, and here to show why.
_CPU = TargetTrackingPolicy("cpu", MetricQuery(MetricKey("AWS/ECS", "CPUUtilization"), "Average", 60), 50)
#: Handlers that do nothing but compute.
_COMPUTING = Assumptions(cpu_busy_percent=100)


@dataclass(frozen=True)
class _Case:
    """A service that is simulated, and what of it."""

    what: str
    service: ServiceDefinition
    handling: Handling = HANDLING
    assumptions: Assumptions | None = None
    load: str = "steady"


def sensitivity_table() -> str:
    """Task-hours, p95, actions and drained of every case."""
    rows = []
    for case in _cases():
        summary = summaries(case.service, [case.load], case.handling, case.assumptions)[case.load]
        rows.append(_row(case.what, summary))
    return table(["case", "task-hours", "tasks at most", "p95 s", "actions", "drained s"], rows)


def groups_figures() -> str:
    """What ADR 0051 says of `limit_to_groups`: task-hours and seconds with few and with many groups."""
    rows = []
    for groups in (4, 400):
        for limited in (False, True):
            found = service(fifo={"high_throughput": True}, limit_to_groups=limited)
            summary = summaries(found, ["spike"], replace(HANDLING, groups=groups))["spike"]
            what = f"{groups} groups{', `limit_to_groups`' if limited else ''}"
            rows.append([what, *_figures(summary, "task_hours", "peak_tasks", "drained")])
    return table(["10,000 at once", "task-hours", "tasks at most", "drained s"], rows)


def _cases() -> Iterable[_Case]:
    plain = service()
    yield _Case("plain", plain)
    for percent in (1, 3):
        retrying = replace(HANDLING, retry_share=percent / 100, retry_seconds=600)
        yield _Case(f"{percent} % ask for `Retry(600)`", plain, retrying)
        yield _Case("... `ignore_delayed_retries`", service(ignore_delayed_retries=True), retrying)
    yield _Case("four processes that scaling is not told of", _with(plain, processes=4))
    yield _Case("... `processes: 4`", service(processes=4))
    yield _Case("batches of ten that scaling is not told of", _with(plain, batch_size=10))
    yield _Case("... `batch_size: 10`", service(batch_size=10))
    yield _Case("`concurrency: 1` where a task handles 4", _with(service(concurrency=1), concurrency=4))
    yield _Case("`concurrency: 10` where a task handles 4", _with(service(concurrency=10), concurrency=4))
    computing = replace(plain, target_tracking=(_CPU,))
    yield _Case("handlers that compute, a CPU policy beside (refused)", computing, assumptions=_COMPUTING)
    yield _Case("... the demand alone", plain, assumptions=_COMPUTING)
    yield from _fifo_cases()
    yield _Case("10,000 at once", plain, load="spike")
    yield _Case("... `ignore_delayed_retries`", service(ignore_delayed_retries=True), load="spike")


def _fifo_cases() -> Iterable[_Case]:
    of_four_groups = replace(HANDLING, groups=4)
    fifo = {"high_throughput": True}
    yield _Case("10,000 at once in 4 FIFO groups", service(fifo=fifo), of_four_groups, load="spike")
    limited = service(fifo=fifo, limit_to_groups=True)
    yield _Case("... `limit_to_groups`", limited, of_four_groups, load="spike")


def _with(found: ServiceDefinition, **task: int) -> ServiceDefinition:
    """The same policy, of a task that does something else."""
    return replace(found, task=replace(found.task, **task))


def _row(what: str, summary: Summary) -> list[str]:
    return [what, *_figures(summary, "task_hours", "peak_tasks", "p95", "actions", "drained")]


def _figures(summary: Summary, *measures: str) -> list[str]:
    return [figure(summary.spread(measure)) for measure in measures]
