"""Threads and the event loop: the same handlers, timeouts and losses, whichever runs them."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.fake_sqs import DEAD_URL, URL, EventList, FakeTransport, received
from tests.support.worker_queue import wait_until
from worker_runtime import Message, Reject, batch
from worker_runtime.handler import Handler
from worker_runtime.health import Health
from worker_runtime.in_flight.held import Held
from worker_runtime.telemetry.json_log import current_message
from worker_runtime.process.message_flow import put_together
from worker_runtime.sqs.queue import Queue, QueueAttributes
from worker_runtime.settings import Settings

KINDS = ["plain", "async"]


class Bench:
    """A worker that receives nothing by itself."""

    def __init__(
        self, handler: Callable[..., Any], *, concurrency: int = 2, timeout_seconds: float = 30, fifo: bool = False
    ) -> None:
        url = URL + (".fifo" if fifo else "")
        self.transport = FakeTransport()
        self.log = EventList()
        settings = Settings(
            queue_name="orders",
            queue_uri=url,
            queue_region="eu-west-1",
            handler="a.b",
            concurrency=concurrency,
            handler_timeout_seconds=timeout_seconds,
        )
        self.parts = put_together(
            settings,
            Handler.of(handler),
            Queue(url, self.transport),
            QueueAttributes(60, DEAD_URL, 3),
            Health(),
            self.log,
        )
        self.runner = self.parts.runner
        self.runner.start(self.parts.run_queue, self.parts.settler)

    def put(self, *numbers: int) -> list[Held]:
        messages = self.parts.leases.hold([received(number) for number in numbers])
        self.parts.run_queue.put(messages)
        return messages

    def wait_for(self, action: str, count: int = 1) -> list[dict[str, Any]]:
        def events() -> list[dict[str, Any]]:
            self.runner.tick()
            found = [event for event in self.log.events if event["action"] == action]
            return found if len(found) >= count else []

        return wait_until(events, f"{count} x {action}: {self.log.events}")


def of_kind(kind: str, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same handler, plain or async."""
    if kind == "plain":
        return function

    async def handler(argument: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, function, argument)

    handler.__dict__.update(function.__dict__)
    return handler


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Holds handlers until it is set; never beyond the test."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("kind", KINDS)
def test_runs_as_many_at_once_as_the_concurrency(kind: str, gate: threading.Event) -> None:
    bench = Bench(of_kind(kind, lambda _: gate.wait(30)), concurrency=3)
    bench.put(*range(5))
    wait_until(lambda: len(bench.runner.running()) == 3, "three running handlers")
    assert len(bench.parts.run_queue) == 2
    gate.set()
    bench.wait_for("message_processed", 5)
    wait_until(lambda: not bench.runner.running(), "the end")


@pytest.mark.parametrize("kind", KINDS)
def test_each_result_decides_about_its_message(kind: str) -> None:
    def handle(message: Message) -> None:
        if message.body == "body-1":
            raise Reject("no")
        if message.body == "body-2":
            raise SystemExit(3)

    bench = Bench(of_kind(kind, handle))
    bench.put(1, 2, 3)
    assert bench.wait_for("message_rejected")[0]["message_id"] == "m-1"
    assert bench.wait_for("message_processed")[0]["message_id"] == "m-3"
    if kind == "plain":  # in a coroutine's executor, SystemExit is that executor's business
        assert bench.wait_for("message_failed")[0]["error_type"] == "SystemExit"


@pytest.mark.parametrize("kind", KINDS)
def test_handler_over_its_timeout_fails_and_its_place_comes_back(kind: str, gate: threading.Event) -> None:
    def handle(message: Message) -> None:
        if message.body == "body-1":
            gate.wait(30)

    bench = Bench(of_kind(kind, handle), concurrency=1, timeout_seconds=1)
    first, _ = bench.put(1, 2)
    (failed,) = bench.wait_for("message_failed")
    assert failed["message_id"] == "m-1"
    assert failed["error_type"] == "HandlerTimeout"
    assert failed["error"] == "the handler ran longer than 1 seconds"
    assert first.message.remaining_seconds <= 0
    assert bench.wait_for("message_processed")[0]["message_id"] == "m-2"
    wait_until(bench.transport.changes, "the return")
    assert [handle for handle, _ in bench.transport.changes()] == ["r-1"]


def test_thread_that_hangs_is_noticed_and_its_late_result_does_not_count(gate: threading.Event) -> None:
    bench = Bench(lambda _: gate.wait(30), concurrency=1, timeout_seconds=1)
    (message,) = bench.put(1)
    bench.wait_for("message_failed")
    assert message.message.cancelled
    assert bench.runner.problem() == "1 handlers hang although their time is over"
    gate.set()
    bench.wait_for("handler_finished_late")
    wait_until(lambda: bench.runner.problem() is None, "recovery")
    assert bench.transport.deleted() == []


@pytest.mark.parametrize("kind", KINDS)
def test_lost_lease_tells_the_handler_and_nothing_is_acknowledged(kind: str) -> None:
    def handle(message: Message) -> None:
        while not message.cancelled:
            time.sleep(0.01)

    bench = Bench(of_kind(kind, handle))
    (message,) = bench.put(1)
    wait_until(bench.runner.running, "a running handler")
    bench.parts.leases.lose(message, "test")
    bench.wait_for("handler_finished_late")
    assert bench.parts.acknowledger.close(10)
    assert (bench.transport.deleted(), bench.transport.changes()) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_message_whose_lease_was_lost_while_it_waited_is_not_started(kind: str, gate: threading.Event) -> None:
    started = []

    def handle(message: Message) -> None:
        started.append(message.id)
        gate.wait(30)

    bench = Bench(of_kind(kind, handle), concurrency=1)
    _, second, _ = bench.put(1, 2, 3)
    wait_until(lambda: started == ["m-1"], "the first handler")
    bench.parts.leases.lose(second, "test")
    gate.set()
    bench.wait_for("message_processed", 2)
    assert started == ["m-1", "m-3"]


@pytest.mark.parametrize("kind", KINDS)
def test_batch_handler_takes_lists_and_fails_in_part(kind: str, gate: threading.Event) -> None:
    sizes = []

    @batch(size=3)
    def handle(messages: list[Message]) -> dict[str, BaseException]:
        gate.wait(30)
        sizes.append(len(messages))
        return {message.id: ValueError("no") for message in messages if message.body == "body-2"}

    bench = Bench(of_kind(kind, handle), concurrency=1)
    bench.put(*range(5))
    gate.set()
    assert bench.wait_for("message_failed")[0]["message_id"] == "m-2"
    bench.wait_for("message_processed", 4)
    assert sorted(sizes) == [2, 3]


def test_batch_handler_that_returns_something_else_fails_the_batch() -> None:
    @batch(size=3)
    def handle(messages: list[Message]) -> list[str]:
        return [message.id for message in messages]

    bench = Bench(handle, concurrency=1)
    bench.put(1)
    (failed,) = bench.wait_for("message_failed")
    assert failed["error"] == "a batch handler returns None or a mapping of ids, got list"


def test_async_handlers_share_one_thread_and_know_their_message() -> None:
    seen = set()

    async def handle(message: Message) -> None:
        await asyncio.sleep(0)
        seen.add((threading.get_ident(), current_message.get() is message))

    bench = Bench(handle, concurrency=10)
    bench.put(*range(10))
    bench.wait_for("message_processed", 10)
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

    bench = Bench(handle)
    (message,) = bench.put(1)
    wait_until(lambda: message.started_at, "a running handler")
    bench.parts.leases.lose(message, "test")
    assert cancelled.wait(10)


@pytest.mark.parametrize("kind", KINDS)
def test_error_of_the_runtime_keeps_neither_a_slot_nor_the_message(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(of_kind(kind, lambda _: None), concurrency=1)
    count = bench.parts.metrics.count_handler
    failures = [RuntimeError("a fault of our own")]

    def fail_once(action: str, seconds: float) -> None:
        if failures:
            raise failures.pop()
        count(action, seconds)

    monkeypatch.setattr(bench.parts.metrics, "count_handler", fail_once)
    bench.put(1, 2)
    assert bench.wait_for("message_processed")[0]["message_id"] == "m-2"
    assert "a fault of our own" in bench.wait_for("settle_failed")[0]["error"]
    wait_until(lambda: bench.parts.settler.capacity.used == -2, "the place of both")  # which nobody here had reserved
    assert bench.runner.running() == []
    assert bench.parts.acknowledger.close(10)
    assert len(bench.parts.leases) == 0


def test_batch_result_that_cannot_be_read_fails_the_batch() -> None:
    class Broken(dict[str, BaseException]):
        def get(self, *_: Any) -> Any:
            raise LookupError("broken")

    @batch(size=3)
    async def handle(messages: list[Message]) -> dict[str, BaseException]:
        return Broken()

    bench = Bench(handle)
    bench.put(1)
    assert bench.wait_for("message_failed")[0]["error_type"] == "LookupError"


@pytest.mark.parametrize("kind", KINDS)
def test_closed_runner_starts_nothing_more(kind: str) -> None:
    bench = Bench(of_kind(kind, lambda _: None))
    bench.put(1)
    bench.wait_for("message_processed")
    bench.runner.close()
    bench.put(2)
    assert len(bench.parts.run_queue) == 1


def test_quick_handlers_do_not_wait_behind_a_slow_one(gate: threading.Event) -> None:
    def handle(message: Message) -> None:
        if message.body == "body-500":
            gate.wait(30)

    bench = Bench(handle, concurrency=2)
    bench.put(*range(500))
    bench.wait_for("message_processed", 500)
    bench.put(*range(500, 600))
    bench.wait_for("message_processed", 599)


@pytest.mark.parametrize("kind", KINDS)
def test_message_counts_as_running_until_it_is_settled(kind: str, gate: threading.Event) -> None:
    def handle(_: Message) -> None:
        raise Reject("no")

    bench = Bench(of_kind(kind, handle))
    bench.transport.answers["SendMessage"] = lambda _: (gate.wait(30) and {}) or {}
    (message,) = bench.put(1)
    wait_until(lambda: bench.transport.parameters("SendMessage"), "the copy")
    assert bench.runner.running() == [message]
    gate.set()
    wait_until(lambda: not bench.runner.running(), "the end")
    assert bench.parts.acknowledger.close(10)
    assert bench.transport.deleted() == ["r-1"]


def test_async_handler_that_ignores_its_end_fails_and_its_slot_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.event_loop._CANCEL_SECONDS", 0.2)
    released = threading.Event()

    async def handle(message: Message) -> None:
        while message.body == "body-1" and not released.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.02)

    bench = Bench(handle, concurrency=1, timeout_seconds=1)
    first, _ = bench.put(1, 2)
    assert bench.wait_for("message_failed")[0]["error_type"] == "HandlerTimeout"
    assert bench.wait_for("message_processed")[0]["message_id"] == "m-2"
    assert first.message.cancelled
    released.set()
    bench.wait_for("handler_finished_late")
    wait_until(lambda: not bench.runner.running(), "the end")


def test_lapsed_lease_does_not_keep_the_event_loop_waiting_for_sqs(gate: threading.Event) -> None:
    async def handle(message: Message) -> None:
        if message.body == "body-9":
            await asyncio.sleep(0)

    bench = Bench(handle, concurrency=2, fifo=True)
    bench.transport.answers["ChangeMessageVisibilityBatch"] = lambda _: (gate.wait(30) and {}) or {}
    messages = bench.parts.leases.hold([received(1, group="a"), received(2, group="a")])
    messages[0].lease_until = 0
    bench.parts.run_queue.put(messages)
    wait_until(lambda: bench.transport.parameters("ChangeMessageVisibilityBatch"), "the hand-back")
    bench.put(9)
    assert bench.wait_for("message_processed")[0]["message_id"] == "m-9"
