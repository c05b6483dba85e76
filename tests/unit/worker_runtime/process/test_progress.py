"""A process that holds messages and does nothing with them is not well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from tests.support.fake_sqs import received
from tests.support.fake_worker import FakeWorker
from tests.support.worker_queue import wait_until
from worker_runtime import Retry
from worker_runtime.process import progress
from worker_runtime.process.progress import Progress


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Move the clock."""
    offset = 0.0
    clock = time.monotonic
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock() + offset)

    def move(seconds: float) -> None:
        nonlocal offset
        offset += seconds

    return move


def test_message_that_no_part_has_is_a_problem_after_a_while(later: Callable[[float], None]) -> None:
    worker = FakeWorker()
    looking = Progress(worker.work)
    (message,) = worker.flow.leases.hold([received(1)])
    assert looking.problem() is None
    later(39)
    assert looking.problem() is None
    later(1)
    assert looking.problem() == "1 messages are held, and no part of the worker has them"
    worker.flow.leases.release(message)
    assert looking.problem() is None


def test_delete_may_take_ten_minutes_and_no_more(later: Callable[[float], None]) -> None:
    worker = FakeWorker()
    looking = Progress(worker.work)
    (message,) = worker.flow.leases.hold([received(1)])
    message.done = True
    assert looking.problem() is None
    later(639)
    assert looking.problem() is None
    later(1)
    assert looking.problem() is not None


def test_messages_that_wait_while_no_handler_runs_are_a_problem(later: Callable[[float], None]) -> None:
    worker = FakeWorker()
    looking = Progress(worker.work)
    worker.work.runner.close()  # as if its threads were gone
    worker.put(received(1))
    assert looking.problem() is None
    later(40)
    assert looking.problem() == "messages have waited for 40 seconds, and no handler runs"


def test_handlers_that_take_long_and_what_waits_for_them_are_well(later: Callable[[float], None]) -> None:
    gate = threading.Event()

    def handle(message: object) -> None:
        gate.wait(30)

    worker = FakeWorker(handle, concurrency=1, fifo=True)
    worker.work.runner.start(worker.work.lanes)
    looking = Progress(worker.work)
    worker.put(received(1, group="a"), received(2, group="a"), received(3, group="b"))
    wait_until(worker.work.runner.running, "a running handler")
    for _ in range(3):
        later(1_000)
        assert looking.problem() is None
    gate.set()


def test_group_that_waits_for_its_next_try_is_well(later: Callable[[float], None]) -> None:
    worker = FakeWorker(fifo=True)
    worker.work.runner.close()
    first, _ = worker.put(received(1, group="a"), received(2, group="a"))
    worker.flow.run_queue.take()
    worker.flow.settler.settle(first, Retry(300), 0.1)
    looking = Progress(worker.work)
    for _ in range(3):
        later(100)
        assert looking.problem() is None
