"""One run: fill a queue, start a consumer, watch it until the queue is empty, and take its measure."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from bench import ledger
from bench.paths import SCRATCH
from bench.plan import Step
from bench.process import ConsumerProcess
from bench.results import Run
from bench.server import Server
from bench.sqs import LocalSqs, fill
from bench.trickle import Latencies, trickle

#: Longer than any run, so that a message that comes twice was not acknowledged.
_VISIBILITY_TIMEOUT_SECONDS = 600
_LOOK_SECONDS = 0.002
_SAMPLE_SECONDS = 0.1
_STALL_SECONDS = 30
_DRAIN_SECONDS = 30


class RunFailedError(Exception):
    """The consumer ended, or stood still, before all messages were handled."""


def measure(step: Step, server: Server) -> Run:
    """Put one consumer through one load. Raises RunFailedError."""
    contender, load = step.contender, step.load
    sent = load.messages_for(contender)
    name = f"bench-{contender.name}-{uuid.uuid4().hex[:8]}" + (".fifo" if load.groups else "")
    path = SCRATCH / "ledger.txt"
    path.write_bytes(b"")
    latencies: Latencies | None = None
    with LocalSqs(server.port) as sqs:
        url = sqs.create_queue(name, _VISIBILITY_TIMEOUT_SECONDS)
        bodies = [contender.body(number, name) for number in range(sent)]
        if load.messages_per_second is None:
            fill(server.port, url, bodies, load.groups)
        server.requests()
        server.answer_after(load.latency_seconds)
        calls_before = sqs.calls
        process = ConsumerProcess(step, url, f"http://127.0.0.1:{server.port}", path)
        try:
            if load.messages_per_second is not None:
                latencies = trickle(sqs, url, bodies, load.messages_per_second, path)
            watch = _Watch.until_handled(process, path, sent)
            server.answer_after(0)
            left = sqs.wait_until_empty(url, _DRAIN_SECONDS)
            cpu_seconds = process.cpu_seconds() - watch.start_cpu_seconds
            requests = server.requests()
        finally:
            server.answer_after(0)
            process.stop()
            sqs.delete_queue(url)
    counted = requests is not None and step.counts_requests
    return Run(
        consumer=contender.name,
        load=load.name,
        messages=sent,
        messages_per_second=sent / (max(watch.seconds, _LOOK_SECONDS) + load.handler_seconds),
        cpu_seconds_per_1000=cpu_seconds / sent * 1_000,
        start_cpu_seconds=watch.start_cpu_seconds,
        peak_memory_mb=watch.peak_memory_bytes / 1e6,
        start_seconds=watch.start_seconds,
        requests_per_message=((requests or 0) - sqs.calls + calls_before) / sent if counted else None,
        receivers=step.receivers,
        repeat=step.repeat,
        latency_p50_seconds=latencies and latencies.p50_seconds,
        latency_p99_seconds=latencies and latencies.p99_seconds,
        handled=ledger.balance(ledger.read(path), sent),
        left_in_queue=left,
    )


@dataclass(frozen=True)
class _Watch:
    """What was seen of a consumer from its start to its last message."""

    start_seconds: float
    """From the start of the process to the end of the first handler."""
    start_cpu_seconds: float
    seconds: float
    """From the end of the first handler to the end of the last."""
    peak_memory_bytes: int

    @classmethod
    def until_handled(cls, process: ConsumerProcess, path: Path, sent: int) -> _Watch:
        """Watch the ledger grow until it holds every message."""
        peak_memory_bytes = 0
        first_at = start_cpu_seconds = sample_at = 0.0
        grown_at, size, whole = time.monotonic(), 0, sent * ledger.LINE_BYTES
        while size < whole:
            time.sleep(_LOOK_SECONDS)
            now, before, size = time.monotonic(), size, path.stat().st_size
            if size > before:
                grown_at = now
            if size and not first_at:
                first_at, start_cpu_seconds = now, process.cpu_seconds()
            if now >= sample_at:
                peak_memory_bytes = max(peak_memory_bytes, process.memory_bytes())
                sample_at = now + _SAMPLE_SECONDS
                _check(process, now - grown_at, size, whole)
        return cls(first_at - process.started_at, start_cpu_seconds, grown_at - first_at, peak_memory_bytes)


def _check(process: ConsumerProcess, still_seconds: float, size: int, whole: int) -> None:
    if process.exit_code is not None:
        what = f"ended with exit code {process.exit_code}"
    elif still_seconds > _STALL_SECONDS:
        what = f"stood still for {_STALL_SECONDS} s"
    else:
        return
    raise RunFailedError(f"{what} after {size * 100 // whole} % of the messages: see {process.log}")
