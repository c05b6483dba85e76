"""Threads and the event loop: the same handlers, timeouts and losses, whichever runs them."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from tests.support.fake_sqs import received
from tests.support.fake_worker import FakeWorker
from tests.support.running_worker import KINDS, of_kind, put, running
from tests.support.worker_queue import wait_until
from worker_runtime import Message, Reject, batch
from worker_runtime.telemetry.python_logging import current_message


@pytest.mark.parametrize("kind", KINDS)
def test_runs_as_many_at_once_as_the_concurrency(kind: str, gate: threading.Event) -> None:
    worker = running(of_kind(kind, lambda _: gate.wait(30)), concurrency=3)
    put(worker, *range(5))
    wait_until(lambda: len(worker.work.runner.running()) == 3, "three running handlers")
    assert len(worker.flow.run_queue) == 2
    gate.set()
    worker.wait_for("message_processed", 5)
    wait_until(lambda: not worker.work.runner.running(), "the end")


@pytest.mark.parametrize("kind", KINDS)
def test_each_result_decides_about_its_message(kind: str) -> None:
    def handle(message: Message) -> None:
        if message.body == "body-1":
            raise Reject("no")
        if message.body == "body-2":
            raise SystemExit(3)

    worker = running(of_kind(kind, handle))
    put(worker, 1, 2, 3)
    assert worker.wait_for("message_rejected")[0]["message_id"] == "m-1"
    assert worker.wait_for("message_processed")[0]["message_id"] == "m-3"
    if kind == "plain":  # in a coroutine's executor, SystemExit is that executor's business
        assert worker.wait_for("message_failed")[0]["error_type"] == "SystemExit"


@pytest.mark.parametrize("kind", KINDS)
def test_handler_over_its_timeout_fails_and_its_place_comes_back(kind: str, gate: threading.Event) -> None:
    def handle(message: Message) -> None:
        if message.body == "body-1":
            gate.wait(30)

    worker = running(of_kind(kind, handle), concurrency=1, handler_timeout_seconds=1)
    first, _ = put(worker, 1, 2)
    (failed,) = worker.wait_for("message_failed")
    assert failed["message_id"] == "m-1"
    assert failed["error_type"] == "HandlerTimeout"
    assert failed["error"] == "the handler ran longer than 1 seconds"
    assert first.message.remaining_seconds <= 0
    assert worker.wait_for("message_processed")[0]["message_id"] == "m-2"
    wait_until(worker.transport.changes, "the return")
    assert [handle for handle, _ in worker.transport.changes()] == ["r-1"]


def test_thread_that_hangs_is_noticed_and_its_late_result_does_not_count(gate: threading.Event) -> None:
    worker = running(lambda _: gate.wait(30), concurrency=1, handler_timeout_seconds=1)
    (message,) = put(worker, 1)
    worker.wait_for("message_failed")
    assert message.message.cancelled
    assert worker.work.runner.problem() == "1 handlers hang although their time is over"
    gate.set()
    worker.wait_for("handler_finished_late")
    wait_until(lambda: worker.work.runner.problem() is None, "recovery")
    assert worker.transport.deleted() == []


@pytest.mark.parametrize("kind", KINDS)
def test_lost_lease_tells_the_handler_and_nothing_is_acknowledged(kind: str) -> None:
    def handle(message: Message) -> None:
        while not message.cancelled:
            time.sleep(0.01)

    worker = running(of_kind(kind, handle))
    (message,) = put(worker, 1)
    wait_until(worker.work.runner.running, "a running handler")
    worker.flow.leases.lose(message, "test")
    worker.wait_for("handler_finished_late")
    assert worker.flow.acknowledger.close(10)
    assert (worker.transport.deleted(), worker.transport.changes()) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_message_whose_lease_was_lost_while_it_waited_is_not_started(kind: str, gate: threading.Event) -> None:
    started = []

    def handle(message: Message) -> None:
        started.append(message.id)
        gate.wait(30)

    worker = running(of_kind(kind, handle), concurrency=1)
    _, second, _ = put(worker, 1, 2, 3)
    wait_until(lambda: started == ["m-1"], "the first handler")
    worker.flow.leases.lose(second, "test")
    gate.set()
    worker.wait_for("message_processed", 2)
    assert started == ["m-1", "m-3"]


@pytest.mark.parametrize("kind", KINDS)
def test_batch_handler_takes_lists_and_fails_in_part(kind: str, gate: threading.Event) -> None:
    sizes = []

    @batch(size=3)
    def handle(messages: list[Message]) -> dict[str, BaseException]:
        gate.wait(30)
        sizes.append(len(messages))
        return {message.id: ValueError("no") for message in messages if message.body == "body-2"}

    worker = running(of_kind(kind, handle), concurrency=1)
    put(worker, *range(5))
    gate.set()
    assert worker.wait_for("message_failed")[0]["message_id"] == "m-2"
    worker.wait_for("message_processed", 4)
    assert sorted(sizes) == [2, 3]


def test_batch_handler_that_returns_something_else_fails_the_batch() -> None:
    @batch(size=3)
    def handle(messages: list[Message]) -> list[str]:
        return [message.id for message in messages]

    worker = running(handle, concurrency=1)
    put(worker, 1)
    (failed,) = worker.wait_for("message_failed")
    assert failed["error"] == "a batch handler returns None or a mapping of ids, got list"


def test_async_handlers_share_one_thread_and_know_their_message() -> None:
    seen = set()

    async def handle(message: Message) -> None:
        await asyncio.sleep(0)
        seen.add((threading.get_ident(), current_message.get() is message))

    worker = running(handle, concurrency=10)
    put(worker, *range(10))
    worker.wait_for("message_processed", 10)
    assert len(seen) == 1
    assert {known for _, known in seen} == {True}


def test_async_handler_is_cancelled_with_its_lease() -> None:
    cancelled = threading.Event()

    async def handle(message: Message) -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    worker = running(handle)
    (message,) = put(worker, 1)
    wait_until(lambda: message.started_at, "a running handler")
    worker.flow.leases.lose(message, "test")
    assert cancelled.wait(10)


@pytest.mark.parametrize("kind", KINDS)
def test_error_of_the_runtime_keeps_neither_a_slot_nor_the_message(
    kind: str, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([{"Messages": [received(1)]}, {"Messages": [received(2)]}])
    worker = FakeWorker(
        of_kind(kind, lambda _: None),
        concurrency=1,
        ReceiveMessage=lambda _: next(answers, None) or (gate.wait(30) and {}) or {},
    )
    count = worker.flow.metrics.count_handlers
    failures = [RuntimeError("a fault of our own")]

    def fail_once(action: str, seconds: list[float]) -> None:
        if failures:
            raise failures.pop()
        count(action, seconds)

    monkeypatch.setattr(worker.flow.metrics, "count_handlers", fail_once)
    worker.work.start()
    # Received only if the first one's place came back, and run only if its slot did.
    assert worker.wait_for("message_processed")[0]["message_id"] == "m-2"
    assert "a fault of our own" in worker.wait_for("settle_failed")[0]["error"]
    wait_until(lambda: not worker.work.runner.running(), "the end")
    worker.flow.receivers.stop()
    assert worker.flow.acknowledger.close(10)
    assert len(worker.flow.leases) == 0
    worker.flow.leases.close()


def test_batch_result_that_cannot_be_read_fails_the_batch() -> None:
    class Broken(dict[str, BaseException]):
        def get(self, *_: Any) -> Any:
            raise LookupError("broken")

    @batch(size=3)
    async def handle(messages: list[Message]) -> dict[str, BaseException]:
        return Broken()

    worker = running(handle)
    put(worker, 1)
    assert worker.wait_for("message_failed")[0]["error_type"] == "LookupError"


@pytest.mark.parametrize("kind", KINDS)
def test_closed_runner_starts_nothing_more(kind: str) -> None:
    worker = running(of_kind(kind, lambda _: None))
    put(worker, 1)
    worker.wait_for("message_processed")
    worker.work.runner.close()
    put(worker, 2)
    assert len(worker.flow.run_queue) == 1


def test_quick_handlers_do_not_wait_behind_a_slow_one(gate: threading.Event) -> None:
    def handle(message: Message) -> None:
        if message.body == "body-500":
            gate.wait(30)

    worker = running(handle, concurrency=2)
    put(worker, *range(500))
    worker.wait_for("message_processed", 500)
    put(worker, *range(500, 600))
    worker.wait_for("message_processed", 599)


@pytest.mark.parametrize("kind", KINDS)
def test_message_counts_as_running_until_it_is_settled(kind: str, gate: threading.Event) -> None:
    def handle(_: Message) -> None:
        raise Reject("no")

    worker = running(of_kind(kind, handle))
    worker.transport.answers["SendMessage"] = lambda _: (gate.wait(30) and {}) or {}
    (message,) = put(worker, 1)
    wait_until(lambda: worker.transport.parameters("SendMessage"), "the copy")
    assert worker.work.runner.running() == [message]
    gate.set()
    wait_until(lambda: not worker.work.runner.running(), "the end")
    assert worker.flow.acknowledger.close(10)
    assert worker.transport.deleted() == ["r-1"]


def test_lapsed_lease_does_not_keep_the_event_loop_waiting_for_sqs(gate: threading.Event) -> None:
    async def handle(message: Message) -> None:
        if message.body == "body-9":
            await asyncio.sleep(0)

    worker = running(handle, concurrency=2, fifo=True)
    worker.transport.answers["ChangeMessageVisibilityBatch"] = lambda _: (gate.wait(30) and {}) or {}
    messages = worker.flow.leases.hold([received(1, group="a"), received(2, group="a")])
    messages[0].lease_until = 0
    worker.flow.run_queue.put(messages)
    wait_until(lambda: worker.transport.parameters("ChangeMessageVisibilityBatch"), "the hand-back")
    put(worker, 9)
    assert worker.wait_for("message_processed")[0]["message_id"] == "m-9"


def test_message_that_comes_again_starts_when_its_first_handler_has_ended(gate: threading.Event) -> None:
    now: list[str] = []
    together: list[int] = []

    def handle(message: Message) -> None:
        now.append(message.id)
        together.append(len(now))
        gate.wait(30)
        now.remove(message.id)

    worker = running(handle, concurrency=3)
    (message,) = put(worker, 1)
    wait_until(lambda: together, "a running handler")
    worker.flow.leases.lose(message, "test")
    assert worker.put(received(1, receive_count=2)) == []
    gate.set()
    (event,) = worker.wait_for("message_processed")
    assert event["receive_count"] == 2
    assert together == [1, 1]
