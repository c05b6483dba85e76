"""Deletes whose requests are slow: they go beside the receives, and all of them are still waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.fake_sqs import received
from tests.support.fake_worker import FakeWorker
from tests.support.worker_queue import wait_until
from worker_runtime.errors import QueueError


class SlowDeletes:
    """Answers deletes once `gate` is set, a tenth of a second later at least, and notes which threads asked."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.threads: list[str] = []

    def __call__(self, _: dict[str, Any]) -> dict[str, Any]:
        self.threads.append(threading.current_thread().name)
        time.sleep(0.1)
        self.gate.wait(30)
        return {}


@pytest.fixture
def slow() -> Iterator[SlowDeletes]:
    """Every request is slow."""
    answers = SlowDeletes()
    yield answers
    answers.gate.set()


def done(worker: FakeWorker, first: int) -> list[Any]:
    """Messages whose handlers have returned, as a receiver's thread has them deleted."""
    messages = worker.flow.leases.hold([received(number) for number in range(first, first + 10)])
    settled = worker.flow.settler.settle_all([(messages, None, 0.0)])
    worker.flow.acknowledger.delete(settled)
    return messages


def after_one(slow: SlowDeletes) -> FakeWorker:
    """A worker that has found out how long a delete takes."""
    worker = FakeWorker(DeleteMessageBatch=slow)
    worker.flow.acknowledger.start()
    slow.gate.set()
    done(worker, 0)
    slow.gate.clear()
    assert slow.threads == [threading.current_thread().name]
    return worker


def test_slow_deletes_hold_up_nobody_who_receives_and_run_side_by_side(slow: SlowDeletes) -> None:
    worker = after_one(slow)
    for batch in range(1, 21):
        done(worker, 10 * batch)
    wait_until(lambda: len(slow.threads) == 21, "twenty requests under way")
    assert set(slow.threads[1:]) == {"deletes"}


def test_messages_stay_leased_until_their_slow_delete_is_answered(slow: SlowDeletes) -> None:
    worker = after_one(slow)
    messages = done(worker, 10)
    wait_until(lambda: len(slow.threads) == 2, "the request")
    assert worker.flow.leases.held() == messages
    slow.gate.set()
    wait_until(lambda: not worker.flow.leases.held(), "the end of the leases")


def test_stop_waits_for_slow_deletes(slow: SlowDeletes) -> None:
    worker = after_one(slow)
    done(worker, 10)
    wait_until(lambda: len(slow.threads) == 2, "the request")
    assert not worker.flow.acknowledger.close(0.01)
    slow.gate.set()
    assert worker.flow.acknowledger.close(10)


def test_bodies_are_not_kept_for_slow_deletes(slow: SlowDeletes) -> None:
    worker = after_one(slow)
    messages = done(worker, 10)
    assert {held.message.body for held in messages} == {""}
    assert {held.id for held in messages} == {f"m-{number}" for number in range(10, 20)}


def test_lease_that_is_lost_before_the_slow_delete_is_answered_is_reported(slow: SlowDeletes) -> None:
    worker = after_one(slow)
    messages = done(worker, 10)
    worker.flow.leases.lose(messages[0], "the lease ran out")
    (event,) = [event for event in worker.log.events if event["action"] == "lease_lost"]
    assert (event["message_id"], event["reason"]) == ("m-10", "the lease ran out")


def test_one_quick_answer_brings_deletes_back_into_the_receivers_thread(
    slow: SlowDeletes, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = after_one(slow)
    monkeypatch.setattr("worker_runtime.sqs.call_time.LONG_SECONDS", 10.0)  # what a slow machine takes is quick
    slow.gate.set()
    done(worker, 10)
    assert slow.threads == [threading.current_thread().name] * 2


def test_slow_delete_that_fails_is_tried_again(slow: SlowDeletes) -> None:
    worker = after_one(slow)
    slow.gate.set()
    failures = iter([QueueError("ServiceUnavailable", "", retry=True)])

    def fail_once(_: dict[str, Any]) -> dict[str, Any]:
        for failure in failures:
            raise failure
        return {}

    worker.transport.answers["DeleteMessageBatch"] = fail_once
    done(worker, 10)
    wait_until(lambda: not worker.flow.leases.held(), "the delete")
    assert worker.transport.deleted()[10:] == [f"r-{number}" for number in range(10, 20)] * 2
    assert worker.log.actions().count("delete_failed") == 0
