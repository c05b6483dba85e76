"""Quick handlers in the receivers' threads: what a slow one keeps there, and what it does not."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.fake_sqs import received
from tests.support.fake_worker import FakeWorker
from tests.support.worker_queue import wait_until
from worker_runtime import Message, Reject, batch
from worker_runtime.in_flight.held import Held

#: No machine is so slow that a handler of a test is not quick.
pytestmark = pytest.mark.usefixtures("everything_is_quick")


@pytest.fixture
def everything_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_runtime.runners.thread_runner._QUICK_SECONDS", 10.0)


@pytest.fixture
def nobody_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long this machine keeps a thread waiting, no other takes what it brought."""
    for module in ("thread_runner", "inline_calls"):  # the first takes it from the second
        monkeypatch.setattr(f"worker_runtime.runners.{module}.KEPT_SECONDS", 60.0)


def receiving(handler: Callable[..., Any], gate: threading.Event, *batches: list[int], **settings: Any) -> FakeWorker:
    """A worker whose handlers are known to be quick, and which receives these messages; then polls wait."""
    answers = iter(batches)

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        numbers = next(answers, None)
        if numbers is None:
            gate.wait(30)
        return {"Messages": [received(number) for number in numbers or ()]}

    worker = FakeWorker(handler, **{"ReceiveMessage": answer, **settings})
    worker.flow.capacity.take(1)
    worker.flow.capacity.finished([0.0])
    worker.work.start()
    return worker


def stop(worker: FakeWorker) -> None:
    worker.flow.receivers.stop()
    worker.work.runner.close()
    worker.flow.leases.close()


@pytest.mark.usefixtures("nobody_is_kept")
def test_quick_handlers_run_in_the_thread_that_received_and_their_messages_are_deleted(gate: threading.Event) -> None:
    threads: list[str] = []
    worker = receiving(lambda _: threads.append(threading.current_thread().name), gate, list(range(10)))
    wait_until(lambda: len(worker.transport.deleted()) == 10, "the deletes")
    assert threads == ["receiver"] * 10
    assert sorted(worker.transport.deleted()) == sorted(f"r-{number}" for number in range(10))
    assert len(worker.transport.parameters("DeleteMessageBatch")) == 1
    wait_until(lambda: len(worker.flow.leases) == 0, "the end of the leases")
    stop(worker)


def test_part_of_a_batch_is_deleted_soon(gate: threading.Event) -> None:
    worker = receiving(lambda _: None, gate, [1, 2, 3])
    wait_until(lambda: worker.transport.deleted() == ["r-1", "r-2", "r-3"], "the deletes")
    stop(worker)


def test_handler_that_turns_slow_keeps_neither_the_receiver_nor_the_other_messages(gate: threading.Event) -> None:
    handled: list[str] = []

    def handle(message: Message) -> None:
        if message.id == "m-2":
            gate.wait(30)
        handled.append(message.id)

    worker = receiving(handle, gate, [1, 2, 3, 4], [5])
    wait_until(lambda: {"m-1", "m-3", "m-4", "m-5"} <= set(handled), "the others")
    wait_until(lambda: {"r-1", "r-3", "r-4", "r-5"} <= set(worker.transport.deleted()), "their deletes")
    assert [held.id for held in worker.work.runner.running()] == ["m-2"]
    gate.set()
    wait_until(lambda: "r-2" in worker.transport.deleted(), "the slow one's delete")
    wait_until(lambda: not worker.work.runner.running(), "the end")
    assert worker.flow.run_queue.running == 0
    assert sorted(handled) == ["m-1", "m-2", "m-3", "m-4", "m-5"]
    stop(worker)


def test_no_more_handlers_run_than_the_concurrency_when_one_is_kept(gate: threading.Event) -> None:
    running, most = itertools.count(1), []
    ended = itertools.count(1)

    def handle(message: Message) -> None:
        most.append(next(running) - len(done))
        if message.id == "m-1":
            gate.wait(1)
        done.append(next(ended))

    done: list[int] = []
    worker = receiving(handle, gate, [1, 2, 3], concurrency=1)
    worker.wait_for("message_processed", 3)
    assert most == [1, 1, 1]
    stop(worker)


def test_handler_over_its_timeout_fails_and_its_place_comes_back(gate: threading.Event) -> None:
    def handle(message: Message) -> None:
        if message.id == "m-1":
            gate.wait(30)

    worker = receiving(handle, gate, [1, 2], concurrency=1, handler_timeout_seconds=1)
    (failed,) = worker.wait_for("message_failed")
    assert (failed["message_id"], failed["error_type"]) == ("m-1", "HandlerTimeout")
    assert worker.wait_for("message_processed")[0]["message_id"] == "m-2"
    wait_until(lambda: worker.work.runner.problem(), "a problem")
    assert worker.work.runner.problem() == "1 handlers hang although their time is over"
    gate.set()
    wait_until(lambda: worker.work.runner.problem() is None, "the end of the handler")
    (late,) = worker.wait_for("handler_finished_late")
    assert late["message_id"] == "m-1"
    stop(worker)


def test_errors_decide_about_their_own_messages(gate: threading.Event) -> None:
    def handle(message: Message) -> None:
        if message.id == "m-2":
            raise Reject("no")
        if message.id == "m-3":
            raise SystemExit(3)

    worker = receiving(handle, gate, [1, 2, 3, 4])
    assert worker.wait_for("message_rejected")[0]["message_id"] == "m-2"
    assert worker.wait_for("message_failed")[0]["message_id"] == "m-3"
    assert [event["message_id"] for event in worker.wait_for("message_processed", 2)] == ["m-1", "m-4"]
    wait_until(lambda: sorted(worker.transport.deleted()) == ["r-1", "r-2", "r-4"], "the deletes")
    stop(worker)


@pytest.mark.usefixtures("nobody_is_kept")
def test_batch_handler_gets_its_batches(gate: threading.Event) -> None:
    sizes: list[int] = []
    worker = receiving(batch(4)(lambda messages: sizes.append(len(messages))), gate, list(range(10)))
    wait_until(lambda: len(worker.transport.deleted()) == 10, "the deletes")
    assert sizes == [4, 4, 2]
    stop(worker)


@pytest.mark.usefixtures("nobody_is_kept")
def test_stop_starts_nothing_more_of_what_a_receiver_holds(gate: threading.Event) -> None:
    handled: list[str] = []

    def handle(message: Message) -> None:
        handled.append(message.id)
        worker.work.runner.close()

    worker = receiving(handle, gate, [1, 2, 3])
    wait_until(lambda: len(worker.flow.run_queue) == 2, "what was not started")
    assert handled == ["m-1"]
    assert [held.id for held in worker.flow.run_queue.waiting()] == ["m-2", "m-3"]
    wait_until(lambda: not worker.work.runner.running(), "the end")
    stop(worker)


def test_what_was_not_started_is_never_out_of_the_drains_sight(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []

    def put_back(messages: list[Held]) -> None:
        seen.append([held.id for held in worker.work.runner.running() if held in messages])

    worker = receiving(lambda _: worker.work.runner.close(), gate, [1, 2, 3])
    monkeypatch.setattr(worker.flow.run_queue, "put_back", put_back)
    wait_until(lambda: seen, "what was not started")
    assert seen == [["m-2", "m-3"]]
    stop(worker)


def test_deletes_that_hang_keep_no_receiver(gate: threading.Event) -> None:
    worker = receiving(
        lambda _: None, gate, list(range(10)), [11], DeleteMessageBatch=lambda _: (gate.wait(30) and {}) or {}
    )
    processed = worker.wait_for("message_processed", 11)  # wait_for ticks, as the main thread does
    assert processed[-1]["message_id"] == "m-11"
    stop(worker)


def test_fault_of_the_runtime_costs_neither_the_messages_nor_the_receiver(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = itertools.count()
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def fail_once(handler: Any, messages: list[Any]) -> list[None]:
        if next(calls) == 1:
            raise RuntimeError("a fault of our own")
        return [None] * len(messages)

    monkeypatch.setattr("worker_runtime.runners.inline_calls.call_handler", fail_once)
    worker = receiving(lambda _: None, gate, [1, 2, 3], [4])
    events = worker.wait_for("message_processed", 3)
    assert {event["message_id"] for event in events} >= {"m-3", "m-4"}
    wait_until(lambda: not worker.work.runner.running(), "the end")
    assert worker.flow.run_queue.running == 0
    stop(worker)


def test_refused_receiver_is_asked_for_again(gate: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_runtime.runners.inline_calls._LONG_SECONDS", 0.05)
    start = threading.Thread.start
    refusals = iter(range(3))

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "receiver" and held_up.is_set() and next(refusals, None) is not None:
            raise RuntimeError("can't start new thread")
        start(thread)

    def handle(message: Message) -> None:
        if message.id == "m-1":
            held_up.set()
            gate.wait(30)

    held_up = threading.Event()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    worker = receiving(handle, gate, [1], [2])
    deadline = time.monotonic() + 30
    while not any(event.get("message_id") == "m-2" for event in worker.log.events):
        assert time.monotonic() < deadline, worker.log.events
        worker.work.runner.tick()
        time.sleep(0.01)
    stop(worker)
