"""Tune: cost against p95 over the inputs that trade one for the other."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from worker_program.config_text import config_text
from worker_simulate.summary import Summary

_PRESETS = ("steady", "bursty", "batch")
#: Tasks above min_count that are tried.
_MORE_TASKS = (0, 1, 2)


def settings_to_try(min_count: int, max_count: int) -> dict[str, dict[str, Any]]:
    """Config by a short name; min_count 0 is tried with 1 and 2 too."""
    tried: dict[str, dict[str, Any]] = {}
    for preset, fast, more in product(_PRESETS, (False, True), _MORE_TASKS):
        least = min(min_count + more, max_count)
        name = f"{preset}{'+fast' if fast else ''} min {least}"
        tried[name] = {
            "scaling": preset,
            "fast_scaling": fast,
            "min_count": least,
            "desired_count": least,
        }
    return tried


def front(summaries: Mapping[str, Summary]) -> list[str]:
    """Settings that no other one beats in both cost and p95, cheapest first."""
    points = sorted((usd, p95, name) for name, (usd, p95) in _points(summaries).items())
    best: list[str] = []
    lowest = float("inf")
    for _, p95, name in points:
        if p95 < lowest:
            best.append(name)
            lowest = p95
    return best


def cheapest(summaries: Mapping[str, Summary], p95_seconds: float) -> str | None:
    """The cheapest setting whose worst run keeps p95; None where none does."""
    keeping = [
        (spread.typical, name)
        for name, summary in summaries.items()
        if (spread := summary.spread("usd")) and (p95 := summary.spread("p95")) and p95.most <= p95_seconds
    ]
    return min(keeping)[1] if keeping else None


def config_lines(settings: Mapping[str, Any]) -> list[str]:
    """What to run to have them."""
    return [
        f"pulumi config set {key} {config_text(value)}" for key, value in settings.items() if key != "desired_count"
    ]


def _points(summaries: Mapping[str, Summary]) -> dict[str, tuple[float, float]]:
    points = {}
    for name, summary in summaries.items():
        usd, p95 = summary.spread("usd"), summary.spread("p95")
        if usd and p95:
            points[name] = (usd.typical, p95.typical)
    return points
