"""What was measured, as kept in bench/results/."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.ledger import Balance


@dataclass(frozen=True)
class Run:
    """One consumer's run through one load."""

    consumer: str
    load: str
    messages: int
    messages_per_second: float
    """From the start of the first handler to the end of the last."""
    cpu_seconds_per_1000: float
    """Of the process and its children, from the first message handled until the queue is empty."""
    start_cpu_seconds: float
    """CPU time from the start of the process to the first message handled."""
    peak_memory_mb: float
    """Resident memory of the process and its children, sampled ten times a second."""
    start_seconds: float
    """From the start of the process to the first message handled."""
    requests_per_message: float | None
    """In counted runs."""
    receivers: int | None
    """How many the consumer was told to have."""
    repeat: int | None
    """Runs of one repeat follow each other; None for a run that tries a number of receivers."""
    latency_p50_seconds: float | None
    latency_p99_seconds: float | None
    """From the send to the end of the handler, where messages come one by one."""
    handled: Balance
    left_in_queue: int

    @property
    def all_once(self) -> bool:
        """Tell whether every message was handled exactly once and deleted."""
        return self.handled.once_each and not self.left_in_queue


@dataclass(frozen=True)
class Results:
    """All runs of one call of the bench."""

    about: dict[str, Any]
    """Machine, date, command, versions."""
    runs: tuple[Run, ...]
    failures: tuple[str, ...] = ()

    def of(self, consumer: str, load: str) -> tuple[Run, ...]:
        """The runs of a consumer through a load, at its best number of receivers."""
        return tuple(
            run for run in self.runs if run.consumer == consumer and run.load == load and run.repeat is not None
        )

    def spread(self, consumer: str, load: str, figure: str) -> Spread | None:
        """A figure over a consumer's runs through a load; None where there is none."""
        return Spread.of(getattr(run, figure) for run in self.of(consumer, load))

    def ratio(self, consumer: str, other: str, load: str, figure: str) -> Spread | None:
        """A consumer's figure over another's, of runs that followed each other."""
        others = {run.repeat: getattr(run, figure) for run in self.of(other, load)}
        pairs = [(getattr(run, figure), others.get(run.repeat)) for run in self.of(consumer, load)]
        return Spread.of(ours / theirs for ours, theirs in pairs if ours is not None and theirs)

    def requests_per_message(self, consumer: str) -> float | None:
        """Of the run that counted them."""
        counted = (run.requests_per_message for run in self.runs if run.consumer == consumer)
        return next((requests for requests in counted if requests is not None), None)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Results:
        """Read what `save` wrote."""
        document = json.loads(path.read_text())
        runs = tuple(Run(**{**run, "handled": Balance(**run["handled"])}) for run in document["runs"])
        return cls(document["about"], runs, tuple(document["failures"]))


@dataclass(frozen=True)
class Spread:
    """A figure over several runs."""

    least: float
    median: float
    most: float

    @classmethod
    def of(cls, figures: Iterable[float | None]) -> Spread | None:
        """The spread of the figures that there are; None where there is none."""
        known = [figure for figure in figures if figure is not None]
        return cls(min(known), statistics.median(known), max(known)) if known else None
