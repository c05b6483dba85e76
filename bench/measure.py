"""One run: fill a queue, start a consumer, watch it until the queue is empty, and take its measure."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import ledger
from bench.contenders import Contender
from bench.loads import Load
from bench.paths import SCRATCH
from bench.process import ConsumerProcess
from bench.proxy import Proxy, running_proxy
from bench.results import Run
from bench.server import free_port
from bench.sqs import LocalSqs, fill

#: Longer than any run, so that a message that comes twice was not acknowledged.
_VISIBILITY_TIMEOUT_SECONDS = 600
_LOOK_SECONDS = 0.002
_SAMPLE_SECONDS = 0.1
_STALL_SECONDS = 30
_DRAIN_SECONDS = 30


class RunFailedError(Exception):
    """The consumer ended, or stood still, before all messages were handled."""


def measure(contender: Contender, load: Load, server_port: int, count_requests: bool = False) -> Run:
    """Put one consumer through one load. Raises RunFailedError."""
    sent = load.messages_for(contender)
    name = f"bench-{contender.name}-{uuid.uuid4().hex[:8]}"
    path = SCRATCH / "ledger.txt"
    path.write_bytes(b"")
    with LocalSqs(server_port) as sqs, _way(load, server_port, count_requests) as proxy:
        url = sqs.create_queue(name, _VISIBILITY_TIMEOUT_SECONDS)
        fill(server_port, url, [contender.body(number, name) for number in range(sent)])
        port = proxy.port if proxy else server_port
        seen_url = url.replace(f":{server_port}/", f":{port}/")
        process = ConsumerProcess(contender, load, seen_url, f"http://127.0.0.1:{port}", path)
        try:
            watch = _Watch.until_handled(process, path, sent)
            left = sqs.wait_until_empty(url, _DRAIN_SECONDS)
            cpu_seconds = process.cpu_seconds() - watch.start_cpu_seconds
            requests = proxy.requests if proxy and count_requests else None
        finally:
            process.stop()
            sqs.delete_queue(url)
    return Run(
        consumer=contender.name,
        load=load.name,
        messages=sent,
        messages_per_second=sent / (watch.seconds + load.handler_seconds),
        cpu_seconds_per_1000=cpu_seconds / sent * 1_000,
        start_cpu_seconds=watch.start_cpu_seconds,
        peak_memory_mb=watch.peak_memory_bytes / 1e6,
        start_seconds=watch.start_seconds,
        requests_per_message=requests / sent if requests is not None else None,
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


@contextlib.contextmanager
def _way(load: Load, server_port: int, count_requests: bool) -> Iterator[Proxy | None]:
    """The way to the server: straight, or through the proxy."""
    if not (count_requests or load.latency_seconds):
        yield None
        return
    with running_proxy(free_port(), server_port, load.latency_seconds) as proxy:
        yield proxy
