"""What the consumers are put through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.contenders import Contender

#: Slow consumers get this share of the messages.
SLOW_SHARE = 5
_FEATURES = (
    "worker-typed",
    "worker-policy",
    "worker-once",
    "worker-hooks",
    "worker-outbox",
    "worker-large",
    "worker-breaker",
)
_VARIANTS = ("worker-async", "worker-batch", "worker-quiet", *_FEATURES)
_CPU_BOUND = ("worker-cpu", "worker-cpu-2")


@dataclass(frozen=True)
class Load:
    """One kind of run."""

    name: str
    title: str
    messages: int
    concurrency: int
    handler_seconds: float = 0.0
    latency_seconds: float = 0.0
    """Added to every call, as a network would."""
    groups: int = 0
    """Message groups of a FIFO queue; 0 for a standard one."""
    messages_per_second: float | None = None
    """Sent at this rate while the consumer runs; None where all are there before it starts."""
    receivers_least: int = 1
    """Fewer are not tried: where each call takes long, they would take minutes to be the slowest."""
    pinned: bool = True
    """The consumer has one core, and shares none with the server."""
    takes: Callable[[Contender], bool] = lambda _: True
    """Tells which consumers it is for."""

    def messages_for(self, contender: Contender) -> int:
        """How many messages a consumer gets."""
        return self.messages // SLOW_SHARE if contender.slow else self.messages


def _any(contender: Contender) -> bool:
    return contender.name not in _CPU_BOUND


def _takes_time(contender: Contender) -> bool:
    return (
        _any(contender) and contender.concurrent and contender.name not in (*_FEATURES, "worker-batch", "worker-quiet")
    )


def _is_quick(contender: Contender) -> bool:
    return _any(contender) and contender.concurrent and not contender.slow and contender.name not in _VARIANTS


def _is_ours_or_go(contender: Contender) -> bool:
    return contender.name in ("worker", "go")


def _is_ours(contender: Contender) -> bool:
    return contender.name in ("worker", "worker-async")


def _is_cpu_bound(contender: Contender) -> bool:
    return contender.name in _CPU_BOUND


THROUGHPUT = Load("throughput", "Handler does nothing", messages=20_000, concurrency=10, takes=_any)
LOADS = (
    THROUGHPUT,
    Load("handler-10", "Handler takes 50 ms, concurrency 10", 600, 10, handler_seconds=0.05, takes=_takes_time),
    Load("handler-100", "Handler takes 50 ms, concurrency 100", 10_000, 100, handler_seconds=0.05, takes=_takes_time),
    Load(
        "latency-10",
        "10 ms added to every call",
        20_000,
        100,
        latency_seconds=0.01,
        receivers_least=10,
        takes=_is_quick,
    ),
    Load(
        "latency-25",
        "25 ms added to every call",
        20_000,
        100,
        latency_seconds=0.025,
        receivers_least=10,
        takes=_is_quick,
    ),
    Load("trickle", "20 messages a second", 200, 10, messages_per_second=20, takes=_is_ours_or_go),
    Load("fifo", "FIFO, 50 groups", 5_000, 50, groups=50, takes=_is_ours),
    Load("cpu", "Handler computes for 5 ms", 2_000, 4, pinned=False, takes=_is_cpu_bound),
)
#: The run whose requests are counted.
COUNTED = Load("counted", "Requests counted", messages=2_000, concurrency=10, takes=_any)
