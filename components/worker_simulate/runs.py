"""Runs: a service under loads, over seeds and over the delays that AWS does not state."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from worker_simulate.cloud.assumptions import QUEUE_METRIC_DELAYS, Assumptions
from worker_simulate.definition.service_definition import ServiceDefinition
from worker_simulate.loads.load import Load
from worker_simulate.simulation import simulate
from worker_simulate.summary import Summary
from worker_simulate.work.work import Handling


def runs_of(seeds: int) -> list[tuple[int, tuple[float, float]]]:
    """Each seed with the delay that is expected, and the first one with a shorter and a longer one."""
    short, expected, long = QUEUE_METRIC_DELAYS
    return [*((seed, expected) for seed in range(1, seeds + 1)), (1, short), (1, long)]


def summarize(
    service: ServiceDefinition,
    loads: Iterable[Load],
    handling: Handling,
    seeds: int,
    assumptions: Assumptions,
    on_run: Callable[[], None] = lambda: None,
) -> list[Summary]:
    """Run the service under each load; `on_run` is called after each run."""
    summaries = []
    for load in loads:
        results = []
        for seed, delay in runs_of(seeds):
            assumed = replace(assumptions, queue_metric_delay=delay)
            results.append(simulate(service, load, handling, seed, assumed))
            on_run()
        summaries.append(Summary(load, results))
    return summaries
