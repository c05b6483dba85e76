"""What every fault test needs: a queue, workers behind an unreliable network, and the ledger to judge by."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.emulator import ADMIN_CREDENTIALS
from tests.support.fault_proxy import FaultProxy
from tests.support.ledger import Attempt, Ledger
from tests.support.processes import kill_container
from tests.support.worker_queue import WorkerProcess, WorkQueue, running_worker, wait_until
from worker_runtime.health import check


class FaultLab:
    """One test's queues and workers."""

    def __init__(self, endpoint: str, directory: Path) -> None:
        self.endpoint = endpoint
        self.directory = directory
        self.proxy = FaultProxy(endpoint)
        self._ledger_file = directory / "ledger.jsonl"
        self._sent: list[str] = []
        self._stack = ExitStack()
        self.died_at: dict[str, float] = {}

    def __enter__(self) -> FaultLab:
        """Start the proxy."""
        self._stack.enter_context(self.proxy)
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop it."""
        self._stack.close()

    def queue(self, *, visibility_seconds: int = 2, max_receive_count: int = 3, fifo: bool = False) -> WorkQueue:
        """Make a queue with its dead-letter queue."""
        return WorkQueue(
            self.endpoint,
            visibility_seconds=visibility_seconds,
            max_receive_count=max_receive_count,
            fifo=fifo,
            credentials=ADMIN_CREDENTIALS,
        )

    def send(self, queue: WorkQueue, *plans: dict[str, Any] | str, group: str | None = None) -> None:
        """Send messages; a plan that is only a key does nothing special."""
        for plan in plans:
            plan = {"key": plan} if isinstance(plan, str) else plan
            self._sent.append(plan["key"])
            body = json.dumps(plan)
            if group is None:
                queue.send(body)
            else:
                queue.send_in_group(group, body)

    def worker(
        self, queue: WorkQueue, handler: str = "handle", **environment: str
    ) -> AbstractContextManager[WorkerProcess]:
        """Run a worker behind the proxy."""
        return self.direct_worker(queue, handler, AWS_ENDPOINT_URL=self.proxy.url, **environment)

    @contextmanager
    def direct_worker(self, queue: WorkQueue, handler: str = "handle", **environment: str) -> Iterator[WorkerProcess]:
        """Run a worker straight on the emulator, where no fault of the network reaches it."""
        path = handler if "." in handler else f"tests.support.fault_handlers.{handler}"
        settings = {
            **queue.environment(path),
            "LEDGER_FILE": str(self._ledger_file),
            "WORKER_BACKOFF_BASE_SECONDS": "0",
            **environment,
        }
        with running_worker(settings, self.directory) as worker:
            try:
                yield worker
            finally:
                self.kill(worker)

    @staticmethod
    def beside(**queues: WorkQueue | tuple[WorkQueue, dict[str, Any]]) -> str:
        """WORKER_QUEUES with more queues beside the main one, by their keys, perhaps with settings of their own."""
        pairs = {key: given if isinstance(given, tuple) else (given, {}) for key, given in queues.items()}
        return json.dumps({key: {"uri": queue.url, **more} for key, (queue, more) in pairs.items()})

    def health(self) -> list[str]:
        """What the health check says of the workers."""
        return check(str(self.directory / "health"))

    def kill(self, worker: WorkerProcess) -> None:
        """kill -9, where it still runs."""
        kill_container(worker.process)
        worker.wait()
        self.died_at.setdefault(str(worker.process.pid), time.monotonic())

    @property
    def ledger(self) -> Ledger:
        """What the handlers have written so far."""
        return Ledger.read(self._ledger_file)

    def attempts(self, key: str) -> list[Attempt]:
        """The attempts at one message so far."""
        return self.ledger.by_key.get(key, [])

    def wait_for_attempts(self, key: str, count: int = 1) -> list[Attempt]:
        """Wait until a handler has started `count` times on a message."""
        wait_until(lambda: len(self.attempts(key)) >= count, f"{count} attempts at {key}")
        return self.attempts(key)

    def wait_until_done(self, queue: WorkQueue, keys: Iterable[str] = ()) -> None:
        """Wait until the queue is empty and the messages (all that were sent, by default) are done."""
        expected = set(keys) or set(self._sent)
        wait_until(lambda: expected <= self.ledger.done and queue.is_empty(), f"the end of {sorted(expected)}")

    def assert_each_done_once(self, *keys: str) -> None:
        """Every message (all that were sent, by default) was done, none twice, none by two at a time."""
        ledger = self.ledger
        assert ledger.done == set(keys or self._sent)
        assert ledger.duplicates == {}
        assert ledger.overlaps(self.died_at) == []


def slow(*values: Any) -> list[Any]:
    """Parameters of a test that `make test` leaves to `make faults`."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]
