"""The usual loads, sized by what the service's most tasks can do, so that they mean the same for every service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np

from worker_simulate.loads.load import BEGINS, Load

_HOUR = 3_600
_DAY = 24 * _HOUR
#: What `spike` and `cold` send at once would keep the most tasks busy for so long.
SPIKE_SECONDS = 250
_STEADY_SHARE = 0.15
_DAILY_MEAN_SHARE = 0.1
_BURST_SHARE = 0.4
_BACKGROUND_SHARE = 0.01


def steady(most_per_second: float) -> Load:
    """Four hours without a change."""
    return Load("steady", "15 % of what max_count can do, 4 hours", np.full(4 * _HOUR, most_per_second * _STEADY_SHARE))


def daily(most_per_second: float) -> Load:
    """A day with its highest load in the afternoon and its lowest at night."""
    hours = np.arange(_DAY) / _HOUR
    shape = 1 - 0.8 * np.cos((hours - 3) / 24 * 2 * np.pi)
    return Load(
        "daily", "a day of 10 % of it on average, 18 % in the afternoon", most_per_second * _DAILY_MEAN_SHARE * shape
    )


def spike(messages: int) -> Load:
    """Much at once after an idle hour, and nothing for the rest of an hour."""
    expected = np.zeros(_HOUR)
    expected[0] = messages
    return Load(
        "spike",
        f"{messages:,} messages at once",
        expected,
        is_random=False,
        at_once_seconds=0,
        begins=BEGINS + timedelta(hours=9),
    )


def bursty(most_per_second: float) -> Load:
    """Bursts of three minutes, now and then, on little: always the same ones."""
    expected = np.full(4 * _HOUR, most_per_second * _BACKGROUND_SHARE)
    gaps = np.random.default_rng(14)
    second = 600
    while second < 4 * _HOUR - 900:
        expected[second : second + 180] = most_per_second * _BURST_SHARE
        second += 180 + int(gaps.uniform(600, 1_800))
    return Load("bursty", "bursts of 3 minutes at 40 % of it, 10 to 30 minutes apart, 4 hours", expected)


def idle(_most_per_second: float) -> Load:
    """Nothing for a day: what it costs to be there."""
    return Load("idle", "nothing for a day", np.zeros(_DAY))


def cold(most_per_second: float) -> Load:
    """The spike after eight hours of silence."""
    silence = 8 * _HOUR
    expected = np.zeros(silence + _HOUR)
    expected[silence] = round(most_per_second * SPIKE_SECONDS)
    return Load(
        "cold",
        f"{expected[silence]:,.0f} messages at once after 8 silent hours",
        expected,
        is_random=False,
        at_once_seconds=silence,
        begins=BEGINS + timedelta(hours=9),
    )


def usual_loads(most_per_second: float) -> dict[str, Load]:
    """All of them; `most_per_second` is what the service's most tasks handle."""
    makers: tuple[Callable[[float], Load], ...] = (steady, daily, bursty, idle, cold)
    loads = [maker(most_per_second) for maker in makers]
    loads.insert(2, spike(max(1, round(most_per_second * SPIKE_SECONDS))))
    return {load.name: load for load in loads}
