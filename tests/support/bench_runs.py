"""Runs of the bench, made up."""

from typing import Any

from bench.ledger import Balance
from bench.results import Run

ONCE = Balance(handled=100, lost=0, again=0, strange=0)


def run(consumer: str, load: str = "throughput", **figures: Any) -> Run:
    """A run in which each message was handled once."""
    known = {
        "messages": 100,
        "messages_per_second": 1_000.0,
        "cpu_seconds_per_1000": 0.1,
        "start_cpu_seconds": 0.3,
        "peak_memory_mb": 50.0,
        "start_seconds": 0.4,
        "requests_per_message": None,
        "receivers": None,
        "repeat": 0,
        "latency_p50_seconds": None,
        "latency_p99_seconds": None,
        "handled": ONCE,
        "left_in_queue": 0,
    }
    return Run(consumer=consumer, load=load, **{**known, **figures})
