"""A fake worker whose handlers run, for tests of what runs them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.support.fake_sqs import received
from tests.support.fake_worker import FakeWorker
from worker_runtime.in_flight.held import Held

KINDS = ["plain", "async"]


def running(handler: Callable[..., Any], **more: Any) -> FakeWorker:
    """A worker whose handlers run, and which receives nothing by itself."""
    worker = FakeWorker(handler, **more)
    worker.work.runner.start(worker.work.lanes)
    return worker


def put(worker: FakeWorker, *numbers: int) -> list[Held]:
    return worker.put(*map(received, numbers))


def of_kind(kind: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same handler, plain or async."""
    if kind == "plain":
        return function

    async def handler(argument: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, function, argument)

    handler.__dict__.update(function.__dict__)
    return handler
