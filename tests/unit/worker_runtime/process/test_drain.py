"""Leaving: what is held goes back, whoever has forgotten it, and the exit code tells of what could not."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from tests.support.fake_sqs import failing_entries, received
from tests.support.fake_worker import FakeWorker
from tests.support.worker_queue import wait_until
from worker_runtime.errors import QueueError
from worker_runtime.process.drain import EXIT_DRAINED, EXIT_WORK_CUT, Drain


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
    worker.work.start()
    wait_until(lambda: len(worker.transport.parameters("ReceiveMessage")) == 2, "a poll beside the handler")
    # The drain waits for polls for a second, and once more after the second signal, which comes at once.
    threading.Timer(1.2, poll_ends.set).start()
    began = time.monotonic()
    try:
        assert Drain(worker.work, lambda _: "SIGTERM", drain_seconds=60, late_seconds=6).run() == EXIT_WORK_CUT
    finally:
        gate.set()
    assert worker.transport.changes() == [("r-1", 0)]
    assert polls == [0]
    assert time.monotonic() - began < 5


def leaving(worker: FakeWorker, drain_seconds: float = 1, late_seconds: float = 2) -> int:
    return Drain(worker.work, lambda seconds: time.sleep(seconds), drain_seconds, late_seconds).run()


@pytest.mark.parametrize("claimed", [False, True])
def test_message_that_nobody_remembers_goes_back_and_is_counted(claimed: bool) -> None:
    worker = FakeWorker()
    (message,) = worker.flow.leases.hold([received(1)])
    if claimed:
        message.claim()
    assert leaving(worker) == EXIT_WORK_CUT
    assert worker.transport.changes() == [("r-1", 0)]
    assert worker.log.actions() == ["message_abandoned"]
    assert worker.flow.leases.held() == []


def test_message_that_is_done_and_whose_delete_was_forgotten_is_not_run_again_and_is_counted() -> None:
    worker = FakeWorker()
    (message,) = worker.flow.leases.hold([received(1)])
    message.done = True
    assert leaving(worker) == EXIT_WORK_CUT
    assert worker.transport.changes() == []


def test_messages_go_back_side_by_side() -> None:
    worker = FakeWorker(ChangeMessageVisibilityBatch=lambda _: time.sleep(0.5) or {})
    worker.work.runner.close()
    worker.put(*map(received, range(80)))
    began = time.monotonic()
    assert leaving(worker) == EXIT_DRAINED
    assert len(worker.transport.changes()) == 80
    assert time.monotonic() - began < 2


def test_sqs_that_does_not_answer_holds_the_end_up_no_longer_than_its_time() -> None:
    gate = threading.Event()
    worker = FakeWorker(fifo=True, ChangeMessageVisibilityBatch=lambda _: (gate.wait(30) and {}) or {})
    worker.work.runner.close()
    worker.put(*(received(number, group="g") for number in range(100)))
    began = time.monotonic()
    try:
        assert leaving(worker) == EXIT_WORK_CUT
    finally:
        gate.set()
    assert time.monotonic() - began < 4


def refuse(_: dict[str, Any]) -> dict[str, Any]:
    raise QueueError("AccessDenied", "no", retry=False)


def no_queue(_: dict[str, Any]) -> dict[str, Any]:
    raise QueueError("AWS.SimpleQueueService.NonExistentQueue", "gone", retry=False)


def break_down(_: dict[str, Any]) -> dict[str, Any]:
    raise LookupError("a fault of our own")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (refuse, EXIT_WORK_CUT),
        (lambda _: failing_entries("InternalError", 0), EXIT_WORK_CUT),
        (break_down, EXIT_WORK_CUT),
        (lambda _: failing_entries("MessageNotInflight", 0), EXIT_DRAINED),
        (no_queue, EXIT_DRAINED),
    ],
)
def test_message_that_could_not_go_back_is_counted_unless_it_is_held_no_longer(
    answer: Any, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    worker = FakeWorker(ChangeMessageVisibilityBatch=answer)
    worker.work.runner.close()
    worker.put(received(1))
    assert leaving(worker) == code
