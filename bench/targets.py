"""What the worker has to reach, as ratios within one call of the bench, and whether it did."""

from __future__ import annotations

from bench.contenders import CONTENDERS
from bench.results import Results, Spread
from bench.tables import Table, text_of

_OURS = "worker"
#: Loops that survive no fault are no peers: they say what a request costs.
_PEERS = [contender.name for contender in CONTENDERS if not contender.ours and not contender.name.startswith("http-")]
#: Go is what the worker's cost is held to; with nothing to wait for, no Python is as fast.
_RIVALS = [name for name in _PEERS if name != "go"]


def targets(results: Results) -> Table:
    """The targets, the figures and the verdicts."""

    def of_ours(load: str, figure: str) -> Spread | None:
        return results.spread(_OURS, load, figure)

    def to(other: str, load: str, figure: str, ours: str = _OURS) -> Spread | None:
        return results.ratio(ours, other, load, figure)

    rate, cpu = "messages_per_second", "cpu_seconds_per_1000"
    rows = (
        _at_most("CPU per message / Go's", 1.0, to("go", "throughput", cpu)),
        _at_most("the same with a handler of 50 ms at 100", 1.3, to("go", "handler-100", cpu)),
        _at_most("the same, async handler of 50 ms at 100", 1.3, to("go", "handler-100", cpu, "worker-async")),
        _at_most("CPU per message / plain boto3 loop of ten's", 0.25, to("boto3-10", "throughput", cpu)),
        _at_most("CPU per message through boto3 / that loop's", 1.0, to("boto3-10", "throughput", cpu, "worker-boto3")),
        _at_least("messages/s / the best Python or Node peer's", 1.0, _ahead(results, "throughput", _RIVALS)),
        _at_least("messages/s / the best peer's, 10 ms on every call", 1.0, _ahead(results, "latency-10", _PEERS)),
        _at_least("messages/s / the best peer's, 25 ms on every call", 1.0, _ahead(results, "latency-25", _PEERS)),
        _at_least("messages/s, 50 ms handler, concurrency 100", 1_800, of_ours("handler-100", rate)),
        _at_least("messages/s, async / plain", 0.9, to(_OURS, "throughput", rate, "worker-async")),
        _at_least("messages/s, batch / plain", 0.9, to(_OURS, "throughput", rate, "worker-batch")),
        _at_least("messages/s, FIFO, 50 groups", 5_000, of_ours("fifo", rate)),
        _at_least("messages/s, computing, two processes / one", 1.9, to("worker-cpu", "cpu", rate, "worker-cpu-2")),
        _at_most("p99 from send to handled / Go's, 20 a second", 1.2, to("go", "trickle", "latency_p99_seconds")),
        _at_most("peak memory, MB", 60, of_ours("throughput", "peak_memory_mb")),
        _at_most("start to first message, s", 0.4, of_ours("throughput", "start_seconds")),
    )
    return Table("Targets of the worker as shipped", ("figure", "target", "measured", "reached"), rows)


def _at_most(what: str, limit: float, measured: Spread | None) -> tuple[str, ...]:
    return _row(what, f"at most {limit:,g}", measured, reached=measured is not None and measured.median <= limit)


def _at_least(what: str, limit: float, measured: Spread | None) -> tuple[str, ...]:
    return _row(what, f"at least {limit:,g}", measured, reached=measured is not None and measured.median >= limit)


def _row(what: str, target: str, measured: Spread | None, *, reached: bool) -> tuple[str, ...]:
    if measured is None:
        return what, target, "-", "-"
    return what, target, text_of(measured, ",.0f" if measured.median >= 10 else ".2f"), "yes" if reached else "NO"


def _ahead(results: Results, load: str, peers: list[str]) -> Spread | None:
    """Our rate over that of the peer with the best median."""
    rates = {name: spread.median for name in peers if (spread := results.spread(name, load, "messages_per_second"))}
    if not rates:
        return None
    return results.ratio(_OURS, max(rates, key=lambda name: rates[name]), load, "messages_per_second")
