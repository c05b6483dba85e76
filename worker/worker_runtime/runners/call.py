"""A call of the handler."""

from __future__ import annotations

from typing import NamedTuple

from worker_runtime.in_flight.held import Held
from worker_runtime.runners.lanes import Lane


class Call(NamedTuple):
    """The messages of a call that is under way, whose they are, and when it started."""

    lane: Lane
    batch: list[Held]
    started_at: float
