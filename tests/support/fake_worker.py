"""A worker on a queue that is none: of its parts, those run that a test starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.fake_sqs import DEAD_URL, URL, EventList, FakeTransport
from tests.support.worker_queue import wait_until
from worker_runtime.handler import Handler
from worker_runtime.health import Health
from worker_runtime.in_flight.held import Held
from worker_runtime.process.message_flow import Source
from worker_runtime.process.work import make_work
from worker_runtime.settings import Settings
from worker_runtime.sqs.queue import Queue, QueueAttributes


class FakeWorker:
    """The parts of a worker whose handlers are retried without a wait, three times at most."""

    def __init__(
        self,
        handler: Callable[..., Any] = lambda _: None,
        *,
        concurrency: int = 10,
        handler_timeout_seconds: float = 30,
        fifo: bool = False,
        dead_letter_url: str | None = DEAD_URL,
        circuit_breaker_percent: int = 0,
        **answers: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> None:
        url = URL + (".fifo" if fifo else "")
        self.transport = FakeTransport(**answers)
        self.log = EventList()
        self.health = Health()
        settings = Settings(
            queue_name="orders",
            queue_uri=url,
            queue_region="eu-west-1",
            handler="shop.orders.handle",
            concurrency=concurrency,
            handler_timeout_seconds=handler_timeout_seconds,
            backoff_base_seconds=0,
            circuit_breaker_percent=circuit_breaker_percent,
        )
        attributes = QueueAttributes(60, dead_letter_url, 3 if dead_letter_url else None)
        queue = Queue(url, self.transport)
        source = Source(settings.main_queue, queue, Handler.of(handler))
        self.work = make_work(settings, [(source, attributes)], [self.health], self.log)
        self.flow = self.work.flows[0]

    def put(self, *entries: dict[str, Any]) -> list[Held]:
        """Hold messages and let handlers have them, as a receive does."""
        messages = self.flow.leases.hold(entries)
        self.flow.run_queue.put(messages)
        return messages

    def wait_for(self, action: str, count: int = 1) -> list[dict[str, Any]]:
        """The events of one action once there are `count`; meanwhile the worker looks after its handlers."""

        def events() -> list[dict[str, Any]]:
            self.work.runner.tick()
            found = [event for event in self.log.events if event["action"] == action]
            return found if len(found) >= count else []

        return wait_until(events, f"{count} x {action}: {self.log.events}")
