"""Demand: how many tasks the messages need, as metric math.

`docs/scaling.md` derives the formulas. Everything here is a pure function or a table.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal

#: Rounded down: CEIL would make one task too many of what is a hair above a whole number.
_SHARE = Context(prec=10, rounding=ROUND_DOWN)

#: More than any demand.
_FAR = 1_000_000_000

#: The workers' count of what they hold comes once a minute: a fifth more leaves room for what they receive meanwhile.
_HELD_MARGIN = 1.2

#: Of a FIFO queue's groups in flight. A task may hold messages of one group alone, because SQS gives as many of one
#: group as it can; so as many tasks as groups may be of use. A quarter and one more find out whether there are others.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
_GROUPS_GROWTH = 1.25


@dataclass(frozen=True)
class Share:
    """Of a task: what each waiting and each in-flight message of a queue needs."""

    per_visible: float
    per_in_flight: float


@dataclass(frozen=True)
class Demand:
    """Tasks that the messages of the queues ask for, by the shares of each queue, the main one first."""

    shares: Mapping[str, Share]

    @property
    def main(self) -> Share:
        """Of the main queue's messages."""
        return next(iter(self.shares.values()))

    def expression(self, held_for_minutes: int | None = None, limited_to_groups: Collection[str] = ()) -> str:
        """Metric math over v0, v1 ... (visible) and n0, n1 ... (in flight), in tasks.

        With `held_for_minutes` no more is in flight than tasks report each minute: h0, h1 ... are sums over so many.
        Queues `limited_to_groups` ask for no more than g0, g1 ... allow: groups in flight.
        """
        visible, in_flight, limited = [], [], []
        for index, (key, asked) in enumerate(self.shares.items()):
            waits = f"v{index} * {share_text(asked.per_visible)}"
            works = f"{_in_flight(index, held_for_minutes)} * {share_text(asked.per_in_flight)}"
            if key in limited_to_groups:
                limited.append(f"MIN([{waits} + {works}, g{index} * {_GROUPS_GROWTH} + 1])")
            else:
                visible.append(waits)
                in_flight.append(works)
        return f"CEIL({' + '.join(visible + in_flight + limited)})"

    def silent_expression(self) -> str:
        """The demand while no task publishes its own; far below 0 while one does (c: how often it did)."""
        return f"{self.expression()} - c * {_FAR}"


@dataclass(frozen=True)
class PublishedDemand:
    """What tasks publish: the highest demand of a window, so that capacity goes when the window has passed it."""

    demand: Demand
    window_seconds: int


def share(processing_seconds: float, latency_seconds: float, concurrency: int, busy_share: float) -> Share:
    """The share of messages that take `processing_seconds` each, of tasks that handle `concurrency` at a time.

    A task works off `latency_seconds x concurrency / processing_seconds` messages within the latency. An in-flight
    message holds one of a task's slots, of which `busy_share` should be busy.
    """
    return Share(
        per_visible=processing_seconds / (latency_seconds * concurrency),
        per_in_flight=1 / (busy_share * concurrency),
    )


def quiet_expression(queues: int) -> str:
    """Metric math: messages that wait or are in flight, in all the queues."""
    return " + ".join(f"{letter}{index}" for letter in "vn" for index in range(queues))


def _in_flight(index: int, held_for_minutes: int | None) -> str:
    if held_for_minutes is None:
        return f"n{index}"
    return f"MIN([n{index}, h{index} * {share_text(_HELD_MARGIN / held_for_minutes)}])"


def share_text(value: float) -> str:
    """A share of a task, to ten digits and never above it; without an exponent, which metric math does not know."""
    exact = Decimal(value)
    shown = _SHARE.create_decimal(exact)
    if shown != exact and float(shown) == value:
        # 0.1 as a floating-point number is above a tenth, and so are some of its multiples.
        shown = _SHARE.next_minus(shown)
    return f"{shown.normalize():f}"
