"""What happens in one run: drawn from its seed alone, so that a failure can be run again.

The same seed gives the same messages and the same faults at the same times; how threads and processes fall
in between is the machine's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.fault_proxy import ODD_ANSWERS, SLOW_DOWN, THROTTLED, UNAVAILABLE, Fault

#: Faults begin and end within this time; then the world is well, and everything has to be handled.
TROUBLE_SECONDS = 4.0
#: But in some runs no receive succeeds after it for so long that every worker has to be red at the end.
SIEGE_SECONDS = 64.0

#: More failures than any maxReceiveCount allows.
FAILS_ALWAYS = 1_000

_HANDLERS = ("handle", "handle_async", "handle_batch")
_CALLS = ("ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch", "SendMessage", "any call")
_FAULTS = (
    UNAVAILABLE,
    THROTTLED,
    SLOW_DOWN,
    Fault(reset="before"),
    Fault(reset="middle"),
    Fault(reset="after"),
    Fault(delay_seconds=0.3),
    Fault(late_seconds=0.5),
    # A black hole: longer than anybody waits for an answer.
    Fault(delay_seconds=8, reset="before"),
    Fault(trickle_seconds=0.5),
    Fault(stray=b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"),
)
#: What a siege is made of: no receive brings anything.
_SIEGES = (
    UNAVAILABLE,
    Fault(reset="before"),
    Fault(delay_seconds=8, reset="before"),
    Fault(trickle_seconds=0.5),
    Fault(status=403, code="AccessDenied"),
    ODD_ANSWERS[1],
)
#: What a handler does to its message, its call and its worker, once or twice. The second half is for async handlers.
_ODD = (
    {"act": "silent"},
    {"act": "system_exit"},
    {"act": "base_exception"},
    {"async_act": "cancel"},
    {"async_act": "cancel_all"},
    {"async_act": "task_exit"},
    {"async_act": "hang_thread"},
)
#: Shares of the runs.
_CURFEWS_SHARE = 0.3
_SIEGES_SHARE = 0.04
_BESIEGED = 8
#: Beyond so many threads the system refuses more: those that the worker cannot do without, and a few.
_THREADS_MOST = 18


@dataclass(frozen=True)
class Blow:
    """A worker is killed or asked to stop, and another one starts in its place."""

    at_seconds: float
    worker: int
    signal: str
    """SIGKILL or SIGTERM."""


@dataclass(frozen=True)
class Weather:
    """From one time to another, a share of some calls meets a fault."""

    from_seconds: float
    to_seconds: float
    operation: str
    share: float
    fault: Fault


@dataclass
class Schedule:
    """One run."""

    seed: int
    fifo: bool
    workers: int
    handler: str
    transport: str
    processes: int
    concurrency: int
    visibility_seconds: int
    max_receive_count: int
    threads_most: int | None
    """The system refuses threads beyond these; None where it does not."""
    messages: list[dict[str, Any]]
    """What each message asks its handler to do, in the order in which they are sent."""
    groups: dict[str, list[str]] = field(default_factory=dict)
    """Keys by message group; empty for a standard queue."""
    blows: list[Blow] = field(default_factory=list)
    weather: list[Weather] = field(default_factory=list)
    curfew_at_seconds: float | None = None
    """All workers are asked to stop, and others start when they have left; None where that does not happen."""
    siege: Fault | None = None
    """What each receive meets in the siege; None where there is none."""
    besieged: list[dict[str, Any]] = field(default_factory=list)
    """Messages that wait meanwhile."""

    @property
    def kind(self) -> str:
        """The run in a few words."""
        queue = "FIFO" if self.fifo else "standard"
        return f"{queue}, {self.workers} x {self.processes} {self.handler}, {self.transport}"


def draw(seed: int, messages: int) -> Schedule:
    """Draw the run of a seed."""
    dice = random.Random(seed)  # noqa: S311 - to be drawn again, not to be secret
    fifo = dice.random() < 0.4
    workers = dice.randint(1, 3)
    schedule = Schedule(
        seed=seed,
        fifo=fifo,
        workers=workers,
        handler=dice.choice(_HANDLERS),
        transport=dice.choice(("wire", "wire", "boto3")),
        processes=dice.choice((1, 1, 1, 2)),
        concurrency=dice.choice((2, 5, 10, 20)),
        visibility_seconds=dice.randint(3, 5),
        max_receive_count=10,
        threads_most=dice.choice((None, None, None, _THREADS_MOST)),
        messages=[_message(dice, number) for number in range(messages)],
        blows=_blows(dice, workers),
        weather=_weather(dice),
        curfew_at_seconds=dice.uniform(0.3, TROUBLE_SECONDS) if dice.random() < _CURFEWS_SHARE else None,
        siege=dice.choice(_SIEGES) if dice.random() < _SIEGES_SHARE else None,
    )
    if schedule.siege:
        schedule.besieged = [{"key": f"s{number}"} for number in range(_BESIEGED)]
    if fifo:
        for message in [*schedule.messages, *schedule.besieged]:
            schedule.groups.setdefault(f"group-{dice.randrange(max(1, messages // 12))}", []).append(message["key"])
    return schedule


def _message(dice: random.Random, number: int) -> dict[str, Any]:
    """Most are quick and go well; some are slow, slower than the visibility timeout, fail, or never succeed."""
    message: dict[str, Any] = {"key": f"m{number}"}
    kinds: list[tuple[float, Callable[[], dict[str, Any]]]] = [
        (0.70, lambda: {"seconds": dice.uniform(0, 0.01)}),
        (0.20, lambda: {"seconds": dice.uniform(0.01, 0.1)}),
        (0.01, lambda: {"seconds": dice.uniform(1, 6)}),
        (0.06, lambda: {"fail": dice.randint(1, 2)}),
        (0.01, lambda: {**dice.choice(_ODD), "acts": dice.randint(1, 2)}),
        (0.01, lambda: {"reject": True}),
        (0.01, lambda: {"fail": FAILS_ALWAYS}),
    ]
    (make,) = dice.choices([make for _, make in kinds], [weight for weight, _ in kinds])
    return message | make()


def _blows(dice: random.Random, workers: int) -> list[Blow]:
    blows = [
        Blow(dice.uniform(0.3, TROUBLE_SECONDS), dice.randrange(workers), dice.choice(("SIGKILL", "SIGTERM")))
        for _ in range(dice.randint(0, 4))
    ]
    return sorted(blows, key=lambda blow: blow.at_seconds)


def _weather(dice: random.Random) -> list[Weather]:
    spells = []
    for _ in range(dice.randint(0, 4)):
        start = dice.uniform(0, TROUBLE_SECONDS - 0.5)
        end = min(TROUBLE_SECONDS, start + dice.uniform(0.3, 2.5))
        fault = dice.choice((*_FAULTS, dice.choice(ODD_ANSWERS)))
        spells.append(Weather(start, end, dice.choice(_CALLS), dice.choice((0.1, 0.3, 1.0)), fault))
    return spells
