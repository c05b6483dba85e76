"""How often something happens just now."""

from __future__ import annotations

from collections import deque

#: Long enough that a rate of one in a few seconds does not flicker, short enough that it follows what happens.
WINDOW_SECONDS = 10


class Rate:
    """Counts what happens, by the seconds when it did."""

    def __init__(self) -> None:
        self.total = 0
        self._seconds: deque[tuple[int, int]] = deque()

    def add(self, at_seconds: float, count: int = 1) -> None:
        """So many more happened at a time, in seconds since 1970. Logs of several tasks come a little out of order."""
        self.total += count
        self._seconds.append((int(at_seconds), count))
        while self._seconds[0][0] < int(at_seconds) - 2 * WINDOW_SECONDS:
            self._seconds.popleft()

    def a_second(self, now_seconds: float) -> float:
        """How many a second, over the last ten."""
        since = now_seconds - WINDOW_SECONDS
        return round(sum(count for at, count in self._seconds if since < at <= now_seconds) / WINDOW_SECONDS, 1)
