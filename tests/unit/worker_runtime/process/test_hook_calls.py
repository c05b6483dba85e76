"""A whole worker in this process: hooks run before it receives and after it has let go of all messages."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_sqs import URL, EventList, FakeTransport, received
from worker_runtime import Message, shutdown, startup
from worker_runtime.errors import SettingsError
from worker_runtime.handler import Handler
from worker_runtime.handling.hooks import Hooks
from worker_runtime.health import check
from worker_runtime.process import hook_calls
from worker_runtime.process.consumer import Consumer
from worker_runtime.process.message_flow import Source
from worker_runtime.settings import Settings
from worker_runtime.sqs.queue import Queue


class Worker:
    """A worker with one message, whose handler and hooks note what they do."""

    def __init__(self, directory: Path, *, is_async: bool = False, stop_timeout_seconds: float = 30) -> None:
        self.seen: list[Any] = []
        self.proofs: list[Callable[[], None]] = []
        self.log = EventList()
        self.handled = threading.Event()
        self._signalled = False
        self._messages = [received(1)]
        self._directory = directory
        self.transport = FakeTransport(
            ReceiveMessage=self._receive, GetQueueAttributes=lambda _: {"Attributes": {"VisibilityTimeout": "30"}}
        )
        self._settings = Settings(
            queue_name="orders",
            queue_uri=URL,
            queue_region="eu-west-1",
            handler="a.b",
            health_directory=str(directory),
            stop_timeout_seconds=stop_timeout_seconds,
        )
        self._is_async = is_async

    def run(self, *hooks: Callable[..., Any]) -> int:
        """Run until the message is handled; returns the exit code."""
        made = Hooks()
        for proof in self.proofs:
            made.prove_first(proof)
        made.add({hook.__name__: hook for hook in hooks}, is_async=self._is_async)
        handler = Handler.of(self._handle_async if self._is_async else self._handle, made)
        source = Source(self._settings.main_queue, Queue(URL, self.transport), handler)
        return Consumer(self._settings, [source], self.log).run(self._wait_for_signal)

    def actions(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.log.events if event["action"] == name]

    def _handle(self, _: Message) -> None:
        self.seen.append("handle")
        self.handled.set()

    async def _handle_async(self, _: Message) -> None:
        self.seen.append(asyncio.get_running_loop())
        self.handled.set()

    def _receive(self, _: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.01)
        if not self._messages:
            return {}
        self.seen.append("receive")
        return {"Messages": [self._messages.pop()]}

    def _wait_for_signal(self, timeout_seconds: float) -> str | None:
        """One signal, once the message is handled: another would have the worker leave at once."""
        if self._signalled or not self.handled.wait(min(timeout_seconds, 0.05)):
            return None
        self._signalled = True
        return "SIGTERM"


def test_hooks_run_before_the_first_receive_and_after_the_last_delete(tmp_path: Path) -> None:
    worker = Worker(tmp_path)

    @startup
    def begin() -> None:
        worker.seen.append("startup")

    @shutdown
    def end() -> None:
        worker.seen.append(("shutdown", worker.transport.deleted()))

    assert worker.run(begin, end) == 0
    assert worker.seen == ["startup", "receive", "handle", ("shutdown", ["r-1"])]


def test_hooks_of_async_handlers_run_on_their_loop(tmp_path: Path) -> None:
    worker = Worker(tmp_path, is_async=True)

    @startup
    async def begin() -> None:
        worker.seen.append(asyncio.get_running_loop())

    @shutdown
    async def end() -> None:
        worker.seen.append(asyncio.get_running_loop())

    assert worker.run(begin, end) == 0
    before, received_first, handled, after = worker.seen
    assert received_first == "receive"
    assert before is handled is after


def test_a_start_that_fails_ends_the_worker_before_it_receives(tmp_path: Path) -> None:
    worker = Worker(tmp_path)

    @startup
    def begin() -> int:
        return 1

    @startup
    def fail() -> None:
        raise ConnectionError("the database is down")

    @shutdown
    def end(number: int) -> None:
        worker.seen.append(number)

    assert worker.run(begin, fail, end) == 1
    (event,) = worker.actions("startup_failed")
    assert event["level"] == "ERROR"
    assert "ConnectionError: the database is down" in event["error"]
    assert worker.seen == [1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_async", [False, True])
def test_what_is_not_there_is_told_whole_before_hooks_and_receives(tmp_path: Path, is_async: bool) -> None:
    worker = Worker(tmp_path, is_async=is_async)

    @startup
    def begin() -> None:
        worker.seen.append("startup")

    def miss(what: str) -> Callable[[], None]:
        def proof() -> None:
            raise SettingsError([f"the {what} is missing"])

        return proof

    worker.proofs = [miss("table"), lambda: None, miss("bucket")]
    assert worker.run(begin) == 1
    (event,) = worker.actions("startup_failed")
    assert (event["level"], event["error"]) == ("ERROR", "the table is missing; the bucket is missing")
    assert worker.seen == []


def test_what_is_there_lets_the_worker_begin(tmp_path: Path) -> None:
    worker = Worker(tmp_path)

    def proof() -> None:
        worker.seen.append("proof")

    worker.proofs = [proof, proof]
    assert worker.run() == 0
    assert worker.seen == ["proof", "receive", "handle"]


def test_an_end_that_fails_is_told_by_the_exit_code(tmp_path: Path) -> None:
    worker = Worker(tmp_path)

    @shutdown
    def fail() -> None:
        raise OSError("disk full")

    assert worker.run(fail) == 1
    (event,) = worker.actions("shutdown_failed")
    assert (event["level"], event["hook"].rpartition(".")[2]) == ("ERROR", "fail")
    assert "OSError: disk full" in event["error"]
    assert worker.transport.deleted() == ["r-1"]


def test_an_end_that_hangs_has_what_is_left_of_the_stop_timeout(tmp_path: Path) -> None:
    worker = Worker(tmp_path, stop_timeout_seconds=2)
    over = threading.Event()

    @shutdown
    def hang() -> None:
        over.wait(30)

    try:
        assert worker.run(hang) == 1
    finally:
        over.set()
    (event,) = worker.actions("shutdown_failed")
    # Of 2 seconds, the ECS agent and the log have 0.27, and the drain took some.
    assert event["error"].startswith("@shutdown has taken more than 1.")


def test_a_signal_ends_a_start_that_takes_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook_calls, "SILENT_SECONDS", 0)
    worker = Worker(tmp_path)
    over = threading.Event()
    verdicts: list[list[str]] = []

    @startup
    def hang() -> None:
        over.wait(30)

    def look(timeout_seconds: float) -> str | None:
        verdicts.append(check(str(tmp_path)))
        return "SIGTERM" if verdicts[-1] else None

    worker._wait_for_signal = look  # type: ignore[method-assign]
    try:
        assert worker.run(hang) == 0
    finally:
        over.set()
    assert verdicts[-1][0].endswith(": @startup has taken 0 seconds")
    assert worker.seen == []
