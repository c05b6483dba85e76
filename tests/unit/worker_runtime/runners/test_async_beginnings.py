"""How a call of an async handler begins: the same on every Python, though newer ones run it to its first wait."""

from __future__ import annotations

import asyncio
import math
import sys
from contextvars import ContextVar
from typing import Any

import pytest

from tests.support.running_worker import put, running
from worker_runtime import Message
from worker_runtime.in_flight.held import Held

seen: ContextVar[str] = ContextVar("seen", default="nothing")


def test_each_call_is_a_task_with_a_context_and_a_deadline_of_its_own() -> None:
    tasks: set[object] = set()
    values: list[str] = []
    remaining: list[float] = []

    async def handle(message: Message) -> None:
        task = asyncio.current_task()
        assert task in asyncio.all_tasks()
        tasks.add(task)
        values.append(seen.get())
        remaining.append(message.remaining_seconds)
        seen.set(message.id)
        if message.body == "body-2":
            await asyncio.sleep(0)
            assert asyncio.current_task() is task
            assert seen.get() == message.id

    worker = running(handle, concurrency=10)
    put(worker, *range(5))
    worker.wait_for("message_processed", 5)
    assert len(tasks) == 5
    assert values == ["nothing"] * 5
    assert max(remaining) < math.inf


def test_lease_lost_before_the_first_wait_cancels_the_call_there() -> None:
    ended: list[str] = []

    async def handle(message: Message) -> None:
        (held,) = worker.flow.leases.held()
        worker.flow.leases.lose(held, "the lease ran out")
        assert message.cancelled
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            ended.append(message.id)
            raise

    worker = running(handle)
    put(worker, 1)
    worker.wait_for("handler_finished_late")
    assert ended == ["m-1"]


def test_calls_that_wait_for_nothing_are_settled_as_often_as_the_concurrency_says() -> None:
    """Settling is what brings the next deletes and receives on: it must not wait for all that is here."""
    processed: list[int] = []

    async def handle(_: Message) -> None:
        processed.append(worker.log.actions().count("message_processed"))

    worker = running(handle, concurrency=2)
    put(worker, *range(6))
    worker.wait_for("message_processed", 6)
    assert processed == [0, 0, 2, 2, 4, 4]


def test_handler_that_waits_for_nothing_and_fails_fails_its_message_alone() -> None:
    async def handle(message: Message) -> None:
        if message.body == "body-1":
            raise SystemExit(3)

    worker = running(handle, concurrency=10)
    put(worker, 1, 2)
    assert worker.wait_for("message_failed")[0]["error_type"] == "SystemExit"
    assert worker.wait_for("message_processed")[0]["message_id"] == "m-2"


def test_task_factory_of_a_handlers_makes_the_tasks() -> None:
    made: list[str] = []

    def make(loop: asyncio.AbstractEventLoop, call: Any, **more: Any) -> asyncio.Task[Any]:
        made.append("task")
        return asyncio.Task(call, loop=loop, **more)

    async def handle(message: Message) -> None:
        if message.body == "body-1":
            asyncio.get_running_loop().set_task_factory(make)

    worker = running(handle, concurrency=1)
    put(worker, 1, 2, 3)
    worker.wait_for("message_processed", 3)
    assert made == ["task"] * 2


@pytest.mark.skipif(sys.version_info < (3, 12), reason="calls begin with the next step of the loop")
def test_messages_behind_a_call_that_outlasts_the_worker_go_back() -> None:
    async def handle(_: Message) -> None:
        worker.work.runner.close()

    worker = running(handle, concurrency=10)
    put(worker, *range(5))
    worker.wait_for("message_processed")
    assert [held.id for held in worker.flow.run_queue.waiting()] == ["m-1", "m-2", "m-3", "m-4"]
    assert worker.work.runner.running() == []


@pytest.mark.skipif(sys.version_info < (3, 12), reason="calls begin with the next step of the loop")
def test_messages_that_go_back_are_never_out_of_the_drains_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    async def handle(_: Message) -> None:
        worker.work.runner.close()

    def put_back(messages: list[Held]) -> None:
        seen.append([held.id for held in worker.work.runner.running() if held in messages])

    worker = running(handle, concurrency=10)
    monkeypatch.setattr(worker.flow.run_queue, "put_back", put_back)
    put(worker, 1, 2)
    worker.wait_for("message_processed")
    assert [sorted(ids) for ids in seen] == [["m-2"]]
