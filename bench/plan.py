"""Which runs are made, in which order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench.contenders import Contender
from bench.loads import COUNTED, THROUGHPUT, Load


@dataclass(frozen=True)
class Step:
    """One run that is to be made."""

    contender: Contender
    load: Load
    count_requests: bool = False


def plan(contenders: Sequence[Contender], loads: Sequence[Load], repeats: int) -> Iterator[Step]:
    """List the runs. Each repeat begins with another consumer, so that none always follows the same one."""
    for load in loads:
        taking = [contender for contender in contenders if load.takes(contender)]
        for repeat in range(repeats):
            first = repeat * len(taking) // repeats
            for contender in taking[first:] + taking[:first]:
                yield Step(contender, load)
        if load.name == THROUGHPUT.name:
            yield from (Step(contender, COUNTED, count_requests=True) for contender in taking)


def scaled(loads: Sequence[Load], messages: int | None) -> list[Load]:
    """Shrink or grow the loads so that the first kind has this many messages; None leaves them."""
    if messages is None:
        return list(loads)
    return [replace(load, messages=max(1, load.messages * messages // THROUGHPUT.messages)) for load in loads]
