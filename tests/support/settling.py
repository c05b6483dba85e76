"""A worker whose messages a test settles."""

from __future__ import annotations

from typing import Any

from tests.support.fake_worker import FakeWorker
from worker_runtime.in_flight.held import Held


def settling(**more: Any) -> FakeWorker:
    """A worker that starts no handler: a test takes their place."""
    worker = FakeWorker(**more)
    worker.work.runner.close()
    return worker


def settle(worker: FakeWorker, message: Held, error: BaseException | None) -> None:
    """Settle a message as its handler's end, and wait until SQS knows."""
    worker.flow.settler.settle(message, error, 0.25)
    worker.flow.acknowledger.close(10)


def sent_by(worker: FakeWorker) -> list[dict[str, Any]]:
    """What the worker has sent to the dead-letter queue."""
    return worker.transport.parameters("SendMessage")
