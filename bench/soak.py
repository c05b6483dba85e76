"""A long run of the worker over a queue that is refilled all the time: whether its memory stays flat."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import bodies, ledger
from bench.contenders import BY_NAME
from bench.loads import Load
from bench.measure import RunFailedError
from bench.paths import SCRATCH
from bench.plan import Step
from bench.process import ConsumerProcess
from bench.sqs import LocalSqs, fill

_READINGS = 20
_AHEAD = 20_000
_FILL = 1_000
_VISIBILITY_TIMEOUT_SECONDS = 600
_LOOK_SECONDS = 0.1
_STALL_SECONDS = 60
_DRAIN_SECONDS = 30


@dataclass(frozen=True)
class Reading:
    """What was seen after a share of the messages."""

    handled: int
    seconds: float
    """Since the worker's start."""
    memory_mb: float
    """Resident now."""
    peak_memory_mb: float
    """The most seen since the reading before."""
    cpu_seconds: float
    """Since the worker's start."""


@dataclass(frozen=True)
class Soaked:
    """How a soak went."""

    readings: tuple[Reading, ...]
    balance: ledger.Balance
    left_in_queue: int

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n")


def soak(server_port: int, messages: int, show: Callable[[Reading], None]) -> Soaked:
    """Put messages through the worker, showing readings as they come. Raises RunFailedError."""
    load = Load("soak", "Soak", messages, concurrency=10)
    path = SCRATCH / "soak-ledger.txt"
    path.write_bytes(b"")
    name = f"bench-soak-{uuid.uuid4().hex[:8]}"
    with LocalSqs(server_port) as sqs:
        url = sqs.create_queue(name, _VISIBILITY_TIMEOUT_SECONDS)
        filler = _Filler(server_port, url, path, messages)
        filler.start()
        process = ConsumerProcess(Step(BY_NAME["worker"], load), url, f"http://127.0.0.1:{server_port}", path)
        try:
            readings = _watch(process, path, messages, show)
            left = sqs.wait_until_empty(url, _DRAIN_SECONDS)
        finally:
            filler.stop()
            process.stop()
            sqs.delete_queue(url)
    return Soaked(tuple(readings), ledger.balance(ledger.read(path), messages), left)


def _handled(path: Path) -> int:
    return path.stat().st_size // ledger.LINE_BYTES


def _watch(process: ConsumerProcess, path: Path, messages: int, show: Callable[[Reading], None]) -> list[Reading]:
    """Read the worker's memory until all messages are handled."""
    readings: list[Reading] = []
    handled, peak, grown_at = 0, 0.0, time.monotonic()
    while handled < messages:
        time.sleep(_LOOK_SECONDS)
        before, handled = handled, _handled(path)
        memory = process.memory_bytes() / 1e6
        peak = max(peak, memory)
        if handled > before:
            grown_at = time.monotonic()
        elif process.exit_code is not None or time.monotonic() - grown_at > _STALL_SECONDS:
            raise RunFailedError(f"the worker stopped after {handled:,} messages: see {process.log}")
        if handled >= messages * (len(readings) + 1) // _READINGS:
            seconds = time.monotonic() - process.started_at
            readings.append(Reading(handled, seconds, memory, peak, process.cpu_seconds()))
            show(readings[-1])
            peak = 0.0
    return readings


class _Filler:
    """Keeps some messages ahead of the worker until all are sent."""

    def __init__(self, port: int, url: str, path: Path, messages: int) -> None:
        self._port, self._url, self._path, self._messages = port, url, path, messages
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Start sending."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sending, whether all is sent or not."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        sent = 0
        while sent < self._messages and not self._stopping.is_set():
            if sent - _handled(self._path) > _AHEAD:
                self._stopping.wait(_LOOK_SECONDS / 10)
                continue
            upto = min(sent + _FILL, self._messages)
            fill(self._port, self._url, [bodies.plain(number, "") for number in range(sent, upto)])
            sent = upto
