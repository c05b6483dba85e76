"""Latencies: from sent to handled, counted in bins that are a percent wide, so that memory does not grow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LEAST = 0.001
_WIDTH = 0.01
#: Up to a million seconds.
_BINS = int(np.log(1e9) / _WIDTH) + 2


class Latencies:
    """Counts of latencies."""

    def __init__(self) -> None:
        self._counts: NDArray[np.int64] = np.zeros(_BINS, dtype=np.int64)
        self.longest = 0.0

    @property
    def count(self) -> int:
        """How many."""
        return int(self._counts.sum())

    def add(self, seconds: NDArray[np.float64]) -> None:
        """Count these."""
        if len(seconds):
            self._counts += np.bincount(_bins(seconds), minlength=_BINS)
            self.longest = max(self.longest, float(seconds.max()))

    def remove(self, seconds: NDArray[np.float64]) -> None:
        """Count these no more: they were interrupted. The longest stays what it was."""
        if len(seconds):
            self._counts -= np.bincount(_bins(seconds), minlength=_BINS)

    def percentile(self, percent: float) -> float:
        """The latency that so many percent do not exceed, to a percent; 0 where there is none."""
        if not self.count:
            return 0.0
        rank = np.ceil(self.count * percent / 100)
        return float(_LEAST * np.exp((np.searchsorted(np.cumsum(self._counts), rank) - 0.5) * _WIDTH))


def _bins(seconds: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.clip(np.ceil(np.log(np.maximum(seconds, _LEAST) / _LEAST) / _WIDTH), 0, _BINS - 1).astype(np.int64)
