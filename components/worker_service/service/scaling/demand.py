"""Demand: how many tasks the messages need, as metric math.

`docs/scaling.md` derives the formulas. Everything here is a pure function or a table.
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal

#: Rounded down: CEIL would make one task too many of what is a hair above a whole number.
_SHARE = Context(prec=10, rounding=ROUND_DOWN)

#: More than any demand.
_FAR = 1_000_000_000

#: The workers' count of what they hold comes once a minute: a fifth more leaves room for what they receive meanwhile.
_HELD_MARGIN = 1.2


@dataclass(frozen=True)
class Demand:
    """Tasks that the messages of the queues ask for: each waiting and each in-flight message its share of a task."""

    per_visible: float
    per_in_flight: float

    def expression(self, queues: int, held_for_minutes: int | None = None) -> str:
        """Metric math over v0, v1 ... (visible) and n0, n1 ... (in flight), in tasks.

        With `held_for_minutes` no more is in flight than tasks report each minute: h is the sum over so many.
        """
        visible = _sum("v", queues)
        in_flight = _sum("n", queues)
        if held_for_minutes is not None:
            in_flight = f"MIN([{in_flight}, h * {share_text(_HELD_MARGIN / held_for_minutes)}])"
        return f"CEIL({visible} * {share_text(self.per_visible)} + {in_flight} * {share_text(self.per_in_flight)})"

    def silent_expression(self, queues: int) -> str:
        """The demand while no task publishes its own; far below 0 while one does (c: how often it did)."""
        return f"{self.expression(queues)} - c * {_FAR}"


@dataclass(frozen=True)
class PublishedDemand:
    """What tasks publish: the highest demand of a window, so that capacity goes when the window has passed it."""

    demand: Demand
    window_seconds: int


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


def share_text(value: float) -> str:
    """A share of a task, to ten digits and never above it; without an exponent, which metric math does not know."""
    exact = Decimal(value)
    share = _SHARE.create_decimal(exact)
    if share != exact and float(share) == value:
        # 0.1 as a floating-point number is above a tenth, and so are some of its multiples.
        share = _SHARE.next_minus(share)
    return f"{share.normalize():f}"
