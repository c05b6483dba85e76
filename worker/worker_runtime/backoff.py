"""How long to wait before another try: capped exponential back-off with full jitter.

https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

from __future__ import annotations

import random


def longest_delay_seconds(attempt: int, base_seconds: float, cap_seconds: float) -> float:
    """Upper bound of the wait after the failure of try number `attempt` (1 for the first)."""
    # 2 ** 60 seconds exceeds every cap; more would only cost digits.
    return min(cap_seconds, base_seconds * 2.0 ** min(attempt - 1, 60))


def delay_seconds(attempt: int, base_seconds: float, cap_seconds: float) -> float:
    """Draw the wait at random between 0 and its upper bound, so that what failed together does not return
    together."""
    return random.uniform(0, longest_delay_seconds(attempt, base_seconds, cap_seconds))  # noqa: S311 - no secret
