"""What the consumers are put through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.contenders import Contender

#: Slow consumers get this share of the messages.
SLOW_SHARE = 5


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
    takes: Callable[[Contender], bool] = lambda _: True
    """Tells which consumers it is for."""

    def messages_for(self, contender: Contender) -> int:
        """How many messages a consumer gets."""
        return self.messages // SLOW_SHARE if contender.slow else self.messages


def _takes_time(contender: Contender) -> bool:
    return contender.concurrent and contender.name != "worker-quiet"


def _is_quick(contender: Contender) -> bool:
    return _takes_time(contender) and not contender.slow


THROUGHPUT = Load("throughput", "Handler does nothing", messages=20_000, concurrency=10)
LOADS = (
    THROUGHPUT,
    Load("handler-10", "Handler takes 50 ms, concurrency 10", 600, 10, handler_seconds=0.05, takes=_takes_time),
    Load("handler-100", "Handler takes 50 ms, concurrency 100", 10_000, 100, handler_seconds=0.05, takes=_takes_time),
    Load("latency", "10 ms added to every call", 5_000, 100, latency_seconds=0.01, takes=_is_quick),
)
#: The run through the counting proxy.
COUNTED = Load("counted", "Requests counted", messages=2_000, concurrency=10)
