"""A call of the handler."""

from __future__ import annotations

from typing import NamedTuple

from worker_runtime.in_flight.held import Held


class Call(NamedTuple):
    """The messages of a call that is under way, and when it started."""

    batch: list[Held]
    started_at: float
