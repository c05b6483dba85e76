"""Leaving in a hurry: what is abandoned goes back, but not to a poll of our own that is still under way."""

from __future__ import annotations

import threading
import time
from typing import Any

from tests.support.fake_sqs import received
from tests.support.fake_worker import FakeWorker
from tests.support.worker_queue import wait_until
from worker_runtime.process.drain import EXIT_WORK_CUT, Drain


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
        polls.append(worker.flow.receivers.polls)
        return {}

    worker = FakeWorker(
        lambda _: gate.wait(30), concurrency=2, ReceiveMessage=receive, ChangeMessageVisibilityBatch=change
    )
    worker.flow.start()
    wait_until(lambda: len(worker.transport.parameters("ReceiveMessage")) == 2, "a poll beside the handler")
    # The drain waits for polls for a second, and once more after the second signal, which comes at once.
    threading.Timer(1.2, poll_ends.set).start()
    began = time.monotonic()
    try:
        assert Drain(worker.flow, lambda _: "SIGTERM", drain_seconds=60).run() == EXIT_WORK_CUT
    finally:
        gate.set()
    assert worker.transport.changes() == [("r-1", 0)]
    assert polls == [0]
    assert time.monotonic() - began < 5
