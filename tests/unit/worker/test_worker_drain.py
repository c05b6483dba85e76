"""Leaving in a hurry: what is abandoned goes back, but not to a poll of our own that is still under way."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.support.fake_sqs import DEAD_URL, URL, EventList, FakeTransport, received
from tests.support.worker_queue import wait_until
from worker_runtime.process.drain import EXIT_WORK_CUT, Drain
from worker_runtime.handler import Handler
from worker_runtime.health import Health
from worker_runtime.process.message_flow import Parts, put_together
from worker_runtime.sqs.queue import Queue, QueueAttributes
from worker_runtime.settings import Settings


def started(transport: FakeTransport, gate: threading.Event) -> Parts:
    """A worker with two handlers that wait for the gate."""
    settings = Settings(queue_name="orders", queue_uri=URL, queue_region="eu-west-1", handler="a.b", concurrency=2)
    parts = put_together(
        settings,
        Handler.of(lambda _: gate.wait(30)),
        Queue(URL, transport),
        QueueAttributes(60, DEAD_URL, 3),
        Health(),
        EventList(),
    )
    parts.start()
    return parts


def test_abandoned_messages_go_back_when_no_receive_is_under_way() -> None:
    gate, poll_ends = threading.Event(), threading.Event()
    answers = iter([{"Messages": [received(1)]}])
    polls: list[int] = []

    def receive(_: dict[str, Any]) -> dict[str, Any]:
        answer = next(answers, None)
        if answer is None:
            poll_ends.wait(30)
        return answer or {}

    def change(_: dict[str, Any]) -> dict[str, Any]:
        polls.append(parts.receivers.polls)
        return {}

    parts = started(transport := FakeTransport(ReceiveMessage=receive, ChangeMessageVisibilityBatch=change), gate)
    wait_until(lambda: len(transport.parameters("ReceiveMessage")) == 2, "a poll beside the handler")
    # The drain waits for polls for a second, and once more after the second signal, which comes at once.
    threading.Timer(1.2, poll_ends.set).start()
    began = time.monotonic()
    try:
        assert Drain(parts, lambda _: "SIGTERM", drain_seconds=60).run() == EXIT_WORK_CUT
    finally:
        gate.set()
    assert transport.changes() == [("r-1", 0)]
    assert polls == [0]
    assert time.monotonic() - began < 5
