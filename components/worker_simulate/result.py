"""Result: what one run came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from worker_simulate.cloud.assumptions import Range

#: A scale-in that soon after a scale-out, or the other way round, was not worth it.
_REVERSAL_SECONDS = 900


@dataclass
class Course:
    """The run minute by minute."""

    minutes: list[float] = field(default_factory=list)
    """Since the load began."""
    waiting: list[int] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)
    running: list[int] = field(default_factory=list)
    p95_seconds: list[float | None] = field(default_factory=list)
    """Of the messages started in the minute; None where there was none."""


@dataclass(frozen=True)
class Result:
    """Seconds are from sent to handled, or from the moment when much came at once."""

    load: str
    seed: int
    queue_metric_delay: Range
    messages: int
    """Sent since the load began, or not handled yet when it did."""
    handled: int
    left_over: int
    """Still waiting or in flight at the end."""
    p50: float
    p95: float
    p99: float
    longest: float
    drained: float | None
    """When the last of what came at once was handled; None for other loads."""
    first_action: float | None
    """When scaling first added a task."""
    first_task: float | None
    """When the first added task began to receive."""
    task_hours: float
    usd: float
    actions: int
    reversals: int
    cuts: int
    """Tasks taken away while more messages waited than the tasks could hold."""
    interrupted: int
    """Messages whose task was stopped before they were handled."""
    peak_waiting: int
    peak_tasks: int
    course: Course


def reversals(moves: list[tuple[float, int]]) -> int:
    """Changes of direction within 15 minutes; a move is its moment and by how much."""
    return sum(
        later - earlier <= _REVERSAL_SECONDS and first * second < 0
        for (earlier, first), (later, second) in pairwise(moves)
    )
