"""A system that starts no more threads: fewer handlers at a time, and nothing that is held for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from tests.support.fake_worker import FakeWorker
from tests.support.running_worker import KINDS, of_kind, put, running
from tests.support.worker_queue import wait_until


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, the system refuses every thread."""

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    return lambda: monkeypatch.setattr(threading.Thread, "start", refuse)


def test_no_more_threads_mean_fewer_places_and_everything_is_done(refused: Callable[[], None]) -> None:
    worker = running(lambda _: time.sleep(0.01), concurrency=10)
    worker.flow.acknowledger.start()
    refused()
    put(worker, *range(30))
    worker.wait_for("message_processed", 30)
    assert worker.wait_for("thread_refused") == [{"action": "thread_refused", "level": "WARNING", "handlers": 1}]
    assert worker.flow.acknowledger.close(10)
    assert worker.flow.leases.held() == []
    # One thread, so one place, but for the buffer of quick handlers: ten times as many.
    assert worker.flow.settler.capacity.limit <= 11


def test_places_come_back_with_the_threads(
    refused: Callable[[], None], monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    worker = running(lambda _: gate.wait(30), concurrency=10)
    refused()
    put(worker, 1, 2)
    wait_until(lambda: worker.flow.settler.capacity.limit == 1, "one place")
    monkeypatch.undo()
    monkeypatch.setattr("worker_runtime.runners.thread_runner.REFUSED_SECONDS", 0)
    worker.work.runner.tick()
    assert worker.flow.settler.capacity.limit == 10
    wait_until(lambda: len(worker.work.runner.running()) == 2, "both handlers")


def test_timeout_is_settled_without_another_thread(refused: Callable[[], None], gate: threading.Event) -> None:
    worker = running(lambda _: gate.wait(30), concurrency=2, handler_timeout_seconds=1)
    refused()
    put(worker, 1)
    assert worker.wait_for("message_failed")[0]["error_type"] == "HandlerTimeout"
    put(worker, 2)
    expected = "1 handlers hang although their time is over, and the system refuses more threads"
    assert worker.work.runner.problem() == expected


@pytest.mark.parametrize("kind", KINDS)
def test_runner_that_gets_no_thread_says_so_before_it_takes_anything(kind: str, refused: Callable[[], None]) -> None:
    worker = FakeWorker(of_kind(kind, lambda _: None))
    refused()
    with pytest.raises(RuntimeError):
        worker.work.start()
    assert worker.transport.calls == []
