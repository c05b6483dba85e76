"""How many tasks the work needs: the demand expression, the steps that turn it into tasks, and the presets.

`docs/scaling.md` derives the formulas. Everything here is a pure function or a table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from components.limits import ScalingPreset

#: Steps of one scaling policy.
#: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html
MAX_STEPS = 20

#: Task counts above five grow by a quarter from step to step, so that noise does not start and stop tasks all the time.
_LEAST_GROWTH = 1.25
_SIGNIFICANT_DIGITS = 10


@dataclass(frozen=True)
class Preset:
    """What a preset stands for."""

    scale_in_after_seconds: int
    """Window in which the highest backlog counts; capacity goes when it has passed."""
    busy_share: float
    """Part of a fleet's slots that should be busy, so that there is room for the next message."""


#: AWS Proton's scaling is no preset of this one: see proton_scaling.py.
PRESETS = {
    ScalingPreset.STEADY: Preset(600, 0.8),
    ScalingPreset.BURSTY: Preset(300, 0.8),
    ScalingPreset.BATCH: Preset(900, 0.9),
}


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


def metrics_of_demand(queues: int, published: bool) -> int:
    """How many metrics the demand expression uses."""
    return 2 * queues + published


def quiet_expression(queues: int) -> str:
    """Metric math: messages that wait or are in flight, in all the queues."""
    return " + ".join(f"{letter}{index}" for letter in "vn" for index in range(queues))


@dataclass(frozen=True)
class Step:
    """From `lower` (inclusive) to `upper` (exclusive, None: no end) above the alarm's threshold, `tasks` tasks."""

    lower: int
    upper: int | None
    tasks: int


def steps(max_count: int) -> list[Step]:
    """At most 20 steps from a demand of one task, the alarm's threshold, to `max_count` tasks (1 to 5,000)."""
    levels = _levels(max_count)
    uppers: list[int | None] = [*levels[:-1], None]
    return [Step(lower, upper, tasks) for lower, upper, tasks in zip([0, *levels[:-1]], uppers, levels, strict=True)]


def _levels(max_count: int) -> Sequence[int]:
    growth = _LEAST_GROWTH
    while len(levels := _grown(max_count, growth)) > MAX_STEPS:
        growth += 0.05
    return levels


def _grown(max_count: int, growth: float) -> list[int]:
    levels = [1]
    while levels[-1] < max_count:
        levels.append(min(max_count, math.ceil(levels[-1] * growth)))
    return levels


def _sum(letter: str, queues: int) -> str:
    names = [f"{letter}{index}" for index in range(queues)]
    return names[0] if queues == 1 else f"({' + '.join(names)})"


def plain_number(value: float) -> str:
    """The number without an exponent, which metric math does not know."""
    return f"{Decimal(f'{value:.{_SIGNIFICANT_DIGITS}g}'):f}"
