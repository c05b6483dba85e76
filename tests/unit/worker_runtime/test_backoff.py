"""Capped exponential back-off with full jitter, and what a handler may ask for."""

from __future__ import annotations

import pytest

from worker_runtime import Retry
from worker_runtime.backoff import delay_seconds, longest_delay_seconds


@pytest.mark.parametrize(("attempt", "longest"), [(1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (1_000_000, 300)])
def test_longest_delay_doubles_up_to_the_cap(attempt: int, longest: float) -> None:
    assert longest_delay_seconds(attempt, 2, 300) == longest


def test_delay_is_spread_over_the_whole_range() -> None:
    drawn = [delay_seconds(3, 2, 300) for _ in range(1_000)]
    assert min(drawn) >= 0
    assert max(drawn) <= 8
    assert min(drawn) < 2
    assert max(drawn) > 6


@pytest.mark.parametrize("delay", [-1, 43_201])
def test_retry_has_a_range(delay: float) -> None:
    with pytest.raises(ValueError, match=f"delay_seconds: {delay} is not a number from 0 to 43200"):
        Retry(delay)
