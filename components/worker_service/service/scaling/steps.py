"""Step: which demand gets how many tasks, as Application Auto Scaling's step policies take it.

`docs/scaling.md` derives it. Everything here is a pure function or a table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Steps of one scaling policy.
#: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html
MAX_STEPS = 20

#: Task counts above five grow by a quarter from step to step, so that noise does not start and stop tasks all the time.
_LEAST_GROWTH = 1.25


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
