"""Messages that come one by one, as they do most of the day: how long each takes from the send to the end of its
handler."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import ledger
from bench.sqs import LocalSqs

#: Until the consumer has started, and has handled the first message.
_START_SECONDS = 30
_LOOK_SECONDS = 0.0001
#: A message that takes this long is given up: the run's balance shows it.
_LONGEST_SECONDS = 5
#: Left out: connections are opened with the first messages.
_WARM_UP = 20


@dataclass(frozen=True)
class Latencies:
    """From the send's answer to the end of the handler."""

    p50_seconds: float
    p99_seconds: float


def trickle(sqs: LocalSqs, url: str, bodies: Sequence[str], messages_per_second: float, path: Path) -> Latencies:
    """Send messages at a rate, each once the one before was handled, and watch the ledger for each."""
    taken: list[float] = []
    next_at = time.monotonic()
    for number, body in enumerate(bodies):
        time.sleep(max(0.0, next_at - time.monotonic()))
        next_at = time.monotonic() + 1 / messages_per_second
        sqs.send(url, [(body, None)])
        sent_at = time.monotonic()
        give_up_at = sent_at + (_LONGEST_SECONDS if number else _START_SECONDS)
        while path.stat().st_size < (number + 1) * ledger.LINE_BYTES and time.monotonic() < give_up_at:
            time.sleep(_LOOK_SECONDS)
        taken.append(time.monotonic() - sent_at)
    ordered = sorted(taken[_WARM_UP:] or taken)
    return Latencies(ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)])
