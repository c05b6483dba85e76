"""Load: what is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

#: A Monday.
BEGINS = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Load:
    """Messages sent in each second, and for how long is looked at what becomes of them."""

    name: str
    what: str
    """In a few words."""
    expected: NDArray[np.float64]
    """Messages expected in each second."""
    is_random: bool = True
    """Whether they come by chance (Poisson) or exactly as expected."""
    at_once_seconds: int | None = None
    """The second in which much comes at once: from then on is measured how long it lasts."""
    begins: datetime = BEGINS

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return len(self.expected)

    def per_second(self, random: np.random.Generator, lead_seconds: int) -> NDArray[np.int64]:
        """One course of it, after a lead of what its first second has; nothing leads to what comes at once."""
        first = 0.0 if self.at_once_seconds == 0 else self.expected[0]
        expected = np.concatenate((np.full(lead_seconds, first), self.expected))
        return random.poisson(expected) if self.is_random else np.round(expected).astype(np.int64)
