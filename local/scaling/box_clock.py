"""The box's clock, by which alarms and schedules go."""

from __future__ import annotations

import time
from collections.abc import Callable


class BoxClock:
    """Seconds since 1970, which pass `speed` times as fast as they do; they are real when the box begins."""

    def __init__(self, speed: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._speed = speed
        self._monotonic = monotonic
        self._begins = time.time()
        self._began = monotonic()

    def now(self) -> float:
        """The time in the box."""
        return self._begins + (self._monotonic() - self._began) * self._speed
