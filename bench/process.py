"""A consumer's process: started, watched with all its children, and stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import psutil

from bench.cores import pinned, unpinned
from bench.paths import CONSUMERS, ROOT, SCRATCH
from bench.plan import Step

_STOP_SECONDS = 15
_REGION = "eu-west-1"


class ConsumerProcess:
    """One run of a consumer, in a process group of its own."""

    def __init__(self, step: Step, queue_url: str, endpoint: str, ledger: Path) -> None:
        contender, load = step.contender, step.load
        command = contender.command(load.concurrency)
        self.log = SCRATCH / "logs" / f"{contender.name}.log"
        self.log.parent.mkdir(exist_ok=True)
        self.started_at = time.monotonic()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                pinned(command, "consumer") if load.pinned else unpinned(command),
                env=_environment(step, queue_url, endpoint, ledger),
                cwd=SCRATCH,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def cpu_seconds(self) -> float:
        """CPU time of the process and all its children so far, to ten milliseconds."""
        total = 0.0
        for process in self._tree():
            with contextlib.suppress(psutil.Error):
                total += sum(process.cpu_times()[:4])
        return total

    def memory_bytes(self) -> int:
        """Resident memory of the process and all its children."""
        total = 0
        for process in self._tree():
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        return total

    def stop(self) -> None:
        """Ask it to stop, and end what is left of its group."""
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _tree(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._process.pid)
            return [root, *root.children(recursive=True)]
        return []


def _environment(step: Step, queue_url: str, endpoint: str, ledger: Path) -> dict[str, str]:
    """Build the whole environment: what surrounds the bench, such as proxies, stays out."""
    load = step.load
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{CONSUMERS / 'python'}",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": _REGION,
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_EC2_METADATA_DISABLED": "true",
        "BENCH_QUEUE_URL": queue_url,
        "BENCH_LEDGER": str(ledger),
        "BENCH_CONCURRENCY": str(load.concurrency),
        "BENCH_RECEIVERS": str(step.receivers or 1),
        "BENCH_HANDLER_SECONDS": str(load.handler_seconds),
        "QUEUE_NAME": queue_url.rpartition("/")[2],
        "QUEUE_URI": queue_url,
        "QUEUE_REGION": _REGION,
        "WORKER_HANDLER": "worker_handler.handle",
        "WORKER_CONCURRENCY": str(load.concurrency),
        "WORKER_HEALTH_DIRECTORY": str(SCRATCH / "health"),
        **step.contender.environment,
    }
