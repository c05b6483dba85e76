"""What the worker has to reach, as ratios within one call of the bench, and whether it did."""

from __future__ import annotations

from bench.contenders import CONTENDERS
from bench.results import Results
from bench.tables import Table, number

_OURS = "worker"
#: Python and Node alike; Go is what the worker is held to, not what it has to beat.
_RIVALS = [contender.name for contender in CONTENDERS if not contender.ours and contender.name != "go"]


def targets(results: Results) -> Table:
    """The targets, the figures and the verdicts."""
    cpu = results.median(_OURS, "throughput", "cpu_seconds_per_1000")
    rows = (
        _row("CPU per message / Go's", "at most 2", _ratio(cpu, _cpu(results, "go")), 2, most=True),
        _row(
            "CPU per message / plain boto3 loop of ten's",
            "at most 0.25",
            _ratio(cpu, _cpu(results, "boto3-10")),
            0.25,
            most=True,
        ),
        _row("messages/s / the best Python or Node peer's", "over 1", _ahead(results, "throughput"), 1, most=False),
        _row("the same with 10 ms on every call", "over 1", _ahead(results, "latency"), 1, most=False),
        _row(
            "messages/s, 50 ms handler, concurrency 100",
            "at least 1,800",
            _of_ours(results, "handler-100", "messages_per_second"),
            1_800,
            most=False,
        ),
        _row("peak memory, MB", "at most 60", _of_ours(results, "throughput", "peak_memory_mb"), 60, most=True),
        _row(
            "start to first message, s", "at most 0.5", _of_ours(results, "throughput", "start_seconds"), 0.5, most=True
        ),
    )
    return Table("Targets of the worker as shipped", ("figure", "target", "measured", "reached"), rows)


def _row(what: str, target: str, measured: float | None, limit: float, *, most: bool) -> tuple[str, ...]:
    if measured is None:
        return what, target, "-", "-"
    reached = measured <= limit if most else measured >= limit
    return what, target, number(measured, ",.0f" if measured >= 10 else ".2f"), "yes" if reached else "NO"


def _of_ours(results: Results, load: str, figure: str) -> float | None:
    return results.median(_OURS, load, figure)


def _cpu(results: Results, consumer: str) -> float | None:
    return results.median(consumer, "throughput", "cpu_seconds_per_1000")


def _ahead(results: Results, load: str) -> float | None:
    rivals = [results.median(name, load, "messages_per_second") for name in _RIVALS]
    return _ratio(_of_ours(results, load, "messages_per_second"), max((rate for rate in rivals if rate), default=None))


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return ours / theirs if ours and theirs else None
