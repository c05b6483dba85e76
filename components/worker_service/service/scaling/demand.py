"""Demand: how many tasks the messages need, as metric math.

`docs/scaling.md` derives the formulas. Everything here is a pure function or a table.
"""

from dataclasses import dataclass
from decimal import Decimal

_SIGNIFICANT_DIGITS = 10


@dataclass(frozen=True)
class Demand:
    """Tasks that the messages of the queues ask for: each waiting and each in-flight message its share of a task."""

    per_visible: float
    per_in_flight: float

    def expression(self, queues: int, published: bool) -> str:
        """Metric math over v0, v1 ... (visible) and n0, n1 ... (in flight); `published` adds what tasks report as f."""
        visible = _sum("v", queues)
        in_flight = _sum("n", queues)
        tasks = f"CEIL({visible} * {plain_number(self.per_visible)} + {in_flight} * {plain_number(self.per_in_flight)})"
        return f"MAX([{tasks}, f])" if published else tasks


def demand(processing_seconds: float, latency_seconds: float, concurrency: int, busy_share: float) -> Demand:
    """The demand of messages that take `processing_seconds` each, in tasks that handle `concurrency` at a time.

    A task works off `latency_seconds x concurrency / processing_seconds` messages within the latency. An in-flight
    message holds one of a task's slots, of which `busy_share` should be busy.
    """
    return Demand(
        per_visible=processing_seconds / (latency_seconds * concurrency),
        per_in_flight=1 / (busy_share * concurrency),
    )


def quiet_expression(queues: int) -> str:
    """Metric math: messages that wait or are in flight, in all the queues."""
    return " + ".join(f"{letter}{index}" for letter in "vn" for index in range(queues))


def _sum(letter: str, queues: int) -> str:
    names = [f"{letter}{index}" for index in range(queues)]
    return names[0] if queues == 1 else f"({' + '.join(names)})"


def plain_number(value: float) -> str:
    """The number without an exponent, which metric math does not know."""
    return f"{Decimal(f'{value:.{_SIGNIFICANT_DIGITS}g}'):f}"
