"""Async handlers that hang in threads, cancel what is not theirs, or end the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.running_worker import put, running
from tests.support.worker_queue import wait_until
from worker_runtime import Message


def released_by(gate: threading.Event) -> Callable[[Message], Any]:
    """A handler whose own `asyncio.to_thread` call hangs for `body-0` to `body-7`."""

    async def handle(message: Message) -> None:
        hangs = int(message.body.removeprefix("body-")) < 8
        await asyncio.to_thread(gate.wait, 30 if hangs else 0)

    return handle


def test_threads_of_handlers_that_hang_keep_no_message_from_being_settled_or_done(gate: threading.Event) -> None:
    worker = running(released_by(gate), concurrency=16, handler_timeout_seconds=1)
    put(worker, *range(8))
    failed = worker.wait_for("message_failed", 8)
    assert {event["error_type"] for event in failed} == {"HandlerTimeout"}
    put(worker, *range(8, 100))
    worker.wait_for("message_processed", 92)
    assert worker.work.runner.problem() is None


def test_threads_of_handlers_that_hang_are_noticed_and_may_come_back(gate: threading.Event) -> None:
    worker = running(released_by(gate), concurrency=2, handler_timeout_seconds=1)
    put(worker, 1, 2)
    worker.wait_for("message_failed", 2)
    expected = "2 threads of asyncio.to_thread hang although their handlers' time is over"
    assert worker.work.runner.problem() == expected
    gate.set()
    wait_until(lambda: worker.work.runner.problem() is None, "recovery")


async def cancel_and_raise(_: Message) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    raise ValueError("after a cancellation that has not struck")


async def cancel_and_return(_: Message) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def cancel_all(_: Message) -> None:
    for task in asyncio.all_tasks():
        task.cancel()
    await asyncio.sleep(0)


async def exit_in_sub_task(_: Message) -> None:
    async def leave() -> None:
        raise SystemExit(0)

    await asyncio.create_task(leave())


async def exit_in_task_group(_: Message) -> None:
    async def leave() -> None:
        raise SystemExit(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(leave())


async def exit_in_forgotten_task(_: Message) -> None:
    asyncio.get_running_loop().call_soon(exit)
    await asyncio.sleep(0.01)
    raise SystemExit(0)


async def stop_loop(_: Message) -> None:
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0)
    raise SystemExit(0)


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        (cancel_and_raise, "ValueError"),
        (cancel_all, "CancelledError"),
        (exit_in_sub_task, "SystemExit"),
        (exit_in_task_group, "SystemExit"),
        (exit_in_forgotten_task, "SystemExit"),
        (stop_loop, "SystemExit"),
    ],
)
def test_odd_end_of_an_async_handler_is_its_messages_alone(odd: Callable[[Message], Any], expected: str) -> None:
    async def handle(message: Message) -> None:
        if message.body == "body-1":
            await odd(message)

    worker = running(handle, concurrency=4)
    put(worker, 1)
    assert worker.wait_for("message_failed")[0]["error_type"] == expected
    put(worker, *range(2, 40))
    worker.wait_for("message_processed", 38)
    assert worker.flow.acknowledger.close(10)
    assert worker.flow.leases.held() == []
    ended = [event for event in worker.log.events if event["action"] == "event_loop_ended"]
    assert bool(ended) == (odd in (exit_in_sub_task, exit_in_task_group, exit_in_forgotten_task, stop_loop))
    if odd is exit_in_sub_task:
        assert "raise SystemExit(0)" in ended[0]["error"]


def test_handler_that_returns_with_a_cancellation_under_way_is_done() -> None:
    worker = running(cancel_and_return)
    put(worker, 1)
    worker.wait_for("message_processed")
    assert worker.flow.acknowledger.close(10)
    assert worker.transport.deleted() == ["r-1"]


def test_handler_that_cancels_calls_which_have_not_begun_costs_them_a_try_and_no_more() -> None:
    async def handle(message: Message) -> None:
        if message.body == "body-0" and message.receive_count == 1:
            await cancel_all(message)

    worker = running(handle, concurrency=10)
    put(worker, *range(10))
    wait_until(lambda: len(worker.log.events) == 10, "all to be settled")
    assert worker.flow.acknowledger.close(10)
    assert worker.flow.leases.held() == []
    assert worker.work.runner.running() == []


def test_async_handler_that_ignores_its_end_fails_and_its_slot_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker_runtime.runners.event_loop_runner.CANCEL_SECONDS", 0.2)
    released = threading.Event()

    async def handle(message: Message) -> None:
        while message.body == "body-1" and not released.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.02)

    worker = running(handle, concurrency=1, handler_timeout_seconds=1)
    first, _ = put(worker, 1, 2)
    assert worker.wait_for("message_failed")[0]["error_type"] == "HandlerTimeout"
    assert worker.wait_for("message_processed")[0]["message_id"] == "m-2"
    assert first.message.cancelled
    released.set()
    worker.wait_for("handler_finished_late")
    wait_until(lambda: not worker.work.runner.running(), "the end")
