"""Which runs are made, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.contenders import Contender
from bench.loads import COUNTED, THROUGHPUT, Load
from bench.results import Run

#: Rates that are closer than this to each other differ by chance.
_AS_GOOD = 0.99


@dataclass(frozen=True)
class Step:
    """One run that is to be made."""

    contender: Contender
    load: Load
    receivers: int | None = None
    repeat: int | None = None
    """None for one that tries a number of receivers, or counts requests."""

    @property
    def counts_requests(self) -> bool:
        """Requests are counted from the consumer's start to its end."""
        return self.load.name == COUNTED.name


def sweep(contenders: Sequence[Contender], load: Load) -> list[Step]:
    """The runs that try each number of receivers."""
    return [
        Step(contender, load, receivers)
        for contender in contenders
        if load.takes(contender)
        for receivers in contender.receivers
        if receivers >= load.receivers_least
    ]


def best_receivers(tried: Iterable[Run]) -> dict[str, int]:
    """By consumer: how many receivers suit it best, of the runs that tried some. That is the highest rate, and of rates
    that are as good the least CPU; where messages come one by one, the least time."""
    runs: dict[str, list[Run]] = {}
    for run in tried:
        runs.setdefault(run.consumer, []).append(run)
    return {consumer: _best(of_it).receivers or 1 for consumer, of_it in runs.items()}


def _best(runs: Sequence[Run]) -> Run:
    if all(run.latency_p99_seconds is not None for run in runs):
        return min(runs, key=lambda run: run.latency_p99_seconds or 0)
    rate = max(run.messages_per_second for run in runs)
    as_good = [run for run in runs if run.messages_per_second >= _AS_GOOD * rate]
    return min(as_good, key=lambda run: run.cpu_seconds_per_1000)


def plan(contenders: Sequence[Contender], load: Load, receivers: Mapping[str, int], repeats: int) -> Iterator[Step]:
    """List the runs of a load. Each repeat begins with another consumer, so that none always follows the same one."""
    taking = [contender for contender in contenders if load.takes(contender)]
    for repeat in range(repeats):
        first = repeat * len(taking) // repeats
        for contender in taking[first:] + taking[:first]:
            yield Step(contender, load, receivers.get(contender.name), repeat)
    if load.name == THROUGHPUT.name:
        yield from (Step(contender, COUNTED, receivers.get(contender.name)) for contender in taking)


def scaled(loads: Sequence[Load], messages: int | None) -> list[Load]:
    """Shrink or grow the loads so that the first kind has this many messages; None leaves them."""
    if messages is None:
        return list(loads)
    return [replace(load, messages=max(1, load.messages * messages // THROUGHPUT.messages)) for load in loads]
