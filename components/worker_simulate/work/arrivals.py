"""Arrivals: when messages are sent, handed out in the order of time and made only when they are needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Messages made at a time: what bounds the memory of a day or a month.
_CHUNK = 65_536


class Arrivals:
    """Moments of a count of messages a second, anywhere within their second."""

    def __init__(self, per_second: NDArray[np.int64], random: np.random.Generator) -> None:
        self._per_second = per_second
        self._random = random
        self._sent = np.concatenate(([0], np.cumsum(per_second)))
        self._second = 0

    @property
    def total(self) -> int:
        """How many there are."""
        return int(self._sent[-1])

    def sent_until(self, now: float) -> int:
        """How many have been sent, to the second."""
        return int(self._sent[min(int(now), len(self._per_second))])

    def next_chunk(self) -> list[float]:
        """The next moments, sorted; empty at the end."""
        while self._second < len(self._per_second):
            first = self._second
            limit = self._sent[first] + _CHUNK
            last = max(first + 1, int(np.searchsorted(self._sent, limit, side="right")) - 1)
            self._second = last
            counts = self._per_second[first:last]
            if counts.any():
                seconds = np.repeat(np.arange(first, last), counts)
                moments = seconds + self._random.random(len(seconds))
                moments.sort()
                return moments.tolist()
        return []
