"""A handler with `@once` does its work once for each key."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.worker_queue import wait_until
from worker_runtime import Claim, DynamoDBStore, Message, OnceStore, Reject, SQLiteStore, batch, once
from worker_runtime.errors import SettingsError
from worker_runtime.handler import Handler, load_handler
from worker_runtime.idempotency import locks
from worker_runtime.testing import Outcome, run_handler


@pytest.fixture(autouse=True)
def lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are invisible for three seconds: locks hold for two."""
    monkeypatch.setitem(locks.lease_seconds_by_queue, "main", 3)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(tmp_path / "once.sqlite")
    yield store
    store.connection.close()


def message(id_: str = "m-1", body: str = "x", **attributes: str) -> Message:
    return Message(body, id=id_, attributes=attributes)


def actions(outcomes: list[Outcome]) -> list[str]:
    return [outcome.action for outcome in outcomes]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_message_that_comes_again_is_acknowledged_and_not_handled(store: OnceStore, is_async: bool) -> None:
    done: list[str] = []

    def handle(message: Message) -> None:
        done.append(message.id)

    async def handle_later(message: Message) -> None:
        await asyncio.sleep(0)
        handle(message)

    handler = once(store)(handle_later if is_async else handle)
    assert actions(run_handler(handler, message("m-1"), message("m-2"), message("m-1"))) == ["acknowledged"] * 3
    assert actions(run_handler(handler, message("m-2"))) == ["acknowledged"]
    assert done == ["m-1", "m-2"]


def test_what_fails_is_tried_again(sqlite: SQLiteStore) -> None:
    tries: list[str] = []

    @once(sqlite)
    def handle(message: Message) -> None:
        tries.append(message.id)
        if len(tries) == 1:
            raise RuntimeError("broken")

    assert actions(run_handler(handle, message(), message(), message())) == ["retried", "acknowledged", "acknowledged"]
    assert tries == ["m-1", "m-1"]


@pytest.mark.parametrize(
    ("key", "messages"),
    [
        ("order_id", [message("m-1", order_id="o-1"), message("m-2", order_id="o-1"), message("m-3", order_id="o-2")]),
        (lambda message: message.body, [message("m-1", "a"), message("m-2", "a"), message("m-3", "b")]),
    ],
)
def test_the_key_may_be_an_attribute_or_computed(sqlite: SQLiteStore, key: Any, messages: list[Message]) -> None:
    done: list[str] = []
    handler = once(sqlite, key=key)(lambda message: done.append(message.id))
    assert actions(run_handler(handler, *messages)) == ["acknowledged"] * 3
    assert done == ["m-1", "m-3"]


@pytest.mark.parametrize(
    ("key", "given", "problem"),
    [
        ("order_id", message(), "attribute order_id, the key of once: None is not text of 1 to 500 characters"),
        (
            "order_id",
            message(order_id=""),
            "attribute order_id, the key of once: '' is not text of 1 to 500 characters",
        ),
        (lambda _: 7, message(), "the key of once: 7 is not text of 1 to 500 characters"),
        (lambda message: message.json(), message(), "the body is not JSON: Expecting value: line 1 column 1 (char 0)"),
    ],
)
def test_a_message_without_its_key_is_rejected(sqlite: SQLiteStore, key: Any, given: Message, problem: str) -> None:
    (outcome,) = run_handler(once(sqlite, key=key)(lambda _: pytest.fail("handled")), given)
    assert (outcome.action, outcome.reason) == ("rejected", problem)


def test_keys_of_two_handlers_are_apart(sqlite: SQLiteStore) -> None:
    done: list[str] = []

    def first(_: Message) -> None:
        done.append("first")

    def second(_: Message) -> None:
        done.append("second")

    for function in (first, second):
        run_handler(once(sqlite)(function), message())
    assert done == ["first", "second"]


@pytest.mark.parametrize("is_async", [False, True])
def test_each_message_of_a_list_counts_for_itself(sqlite: SQLiteStore, is_async: bool) -> None:
    seen: list[list[str]] = []

    def handle(messages: list[Message]) -> dict[str, Exception]:
        seen.append([message.id for message in messages])
        return {message.id: Reject("bad") for message in messages if message.body == "bad"}

    async def handle_later(messages: list[Message]) -> dict[str, Exception]:
        await asyncio.sleep(0)
        return handle(messages)

    handler = once(sqlite, key="order")(batch(size=4)(handle_later if is_async else handle))
    given = [
        message("m-1", order="a"),
        message("m-2", "bad", order="b"),
        message("m-3"),
        message("m-4", order="a"),
    ]
    outcomes = run_handler(handler, *given)
    assert actions(outcomes) == ["acknowledged", "rejected", "rejected", "retried"]
    # The second of a key in one list does not wait for the first, which it would keep from running.
    assert outcomes[3].delay_seconds == 2
    assert outcomes[3].reason == "another delivery of the same key is being handled"
    assert actions(run_handler(handler, *given)) == ["acknowledged", "rejected", "rejected", "acknowledged"]
    assert seen == [["m-1", "m-2"], ["m-2"]]


class Racing:
    """A handler that waits in its first call, and the outcomes of the calls so far."""

    def __init__(self, store: OnceStore, **options: Any) -> None:
        self.go, self.began = threading.Event(), threading.Event()
        self.fails = False
        self.done: list[str] = []
        self.outcomes: dict[str, Outcome] = {}
        self.handler = once(store, key="key", **options)(lambda message: self._handle(message))
        self._threads: list[threading.Thread] = []

    def _handle(self, message: Message) -> None:
        if message.id == "first":
            self.began.set()
            self.go.wait(20)
            if self.fails:
                raise RuntimeError("broken")
        self.done.append(message.id)

    def call(self, id_: str) -> None:
        def run() -> None:
            (self.outcomes[id_],) = run_handler(self.handler, message(id_, key="k"))

        thread = threading.Thread(target=run)
        thread.start()
        self._threads.append(thread)

    def join(self) -> dict[str, str]:
        for thread in self._threads:
            thread.join(20)
        return {id_: outcome.action for id_, outcome in self.outcomes.items()}


@pytest.mark.parametrize("fails", [False, True])
def test_a_second_delivery_waits_for_the_first(sqlite: SQLiteStore, fails: bool) -> None:
    race = Racing(sqlite)
    race.fails = fails
    race.call("first")
    assert race.began.wait(20)
    race.call("second")
    time.sleep(0.2)
    assert race.outcomes == {}
    race.go.set()
    first = "retried" if fails else "acknowledged"
    assert race.join() == {"first": first, "second": "acknowledged"}
    assert race.done == (["second"] if fails else ["first"])


def test_a_second_delivery_that_does_not_wait_comes_when_the_lock_would_be_over(sqlite: SQLiteStore) -> None:
    race = Racing(sqlite, wait_seconds=0)
    race.call("first")
    assert race.began.wait(20)
    (outcome,) = run_handler(race.handler, message("second", key="k"))
    assert (outcome.action, outcome.delay_seconds) == ("retried", 2)
    race.go.set()
    race.join()
    assert race.done == ["first"]


def test_a_lock_is_extended_while_the_handler_runs(sqlite: SQLiteStore) -> None:
    race = Racing(sqlite, wait_seconds=0)
    race.call("first")
    assert race.began.wait(20)
    time.sleep(2.5)  # longer than a lock holds
    assert actions(run_handler(race.handler, message("second", key="k"))) == ["retried"]
    race.go.set()
    assert race.join() == {"first": "acknowledged"}


class Recording:
    """A store that answers as it is told, and notes what it is asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {"claim": Claim("mine"), "finish": True, "release": None, **answers}
        self.calls: list[str] = []

    def _answer(self, name: str) -> Any:
        self.calls.append(name)
        if isinstance(self.answers[name], Exception):
            raise self.answers[name]
        return self.answers[name]

    def claim(self, key: str, owner: str, seconds: float) -> Claim:  # noqa: ARG002
        return self._answer("claim")

    def finish(self, key: str, owner: str, remember_seconds: float, result: str | None) -> bool:  # noqa: ARG002
        return self._answer("finish")

    def release(self, key: str, owner: str) -> None:  # noqa: ARG002
        self._answer("release")


def test_a_lock_ends_with_the_lease_of_its_message() -> None:
    store = Recording()
    ends = threading.Event()

    @once(store)
    def handle(message: Message) -> None:
        wait_until(lambda: store.calls.count("claim") == 2, "an extension")
        message.cancelled = True
        ends.wait(1.5)

    run_handler(handle, message())
    assert store.calls == ["claim", "claim", "finish"]


def test_a_lock_that_was_lost_leaves_the_decision_to_the_next_delivery() -> None:
    store = Recording(finish=False)
    (outcome,) = run_handler(once(store)(lambda _: None), message())
    assert (outcome.action, outcome.delay_seconds) == ("retried", None)
    assert outcome.reason == "the lock of the message's key was lost while its handler ran"


@pytest.mark.parametrize(
    ("broken", "calls"),
    [("claim", ["claim"]), ("finish", ["claim", "finish"]), ("release", ["claim", "release"])],
)
def test_a_store_that_fails_fails_the_message(broken: str, calls: list[str]) -> None:
    def handle(message: Message) -> None:
        if broken == "release":
            raise RuntimeError("the handler's own")

    store = Recording(**{broken: ConnectionError("no store")})
    (outcome,) = run_handler(once(store)(handle), message())
    assert (outcome.action, outcome.reason) == ("retried", "the handler's own" if broken == "release" else "no store")
    assert store.calls == calls


def test_a_list_whose_claims_fail_half_way_is_given_up_whole() -> None:
    class FailingSecond(Recording):
        def claim(self, key: str, owner: str, seconds: float) -> Claim:
            claim = super().claim(key, owner, seconds)
            if self.calls.count("claim") == 2:
                raise ConnectionError("no store")
            return claim

    store = FailingSecond()
    handler = once(store)(batch(size=2)(lambda _: pytest.fail("handled")))
    assert actions(run_handler(handler, message("m-1"), message("m-2"))) == ["retried", "retried"]
    assert store.calls == ["claim", "claim", "release"]


def test_a_message_whose_key_cannot_be_told_costs_its_list_nothing(sqlite: SQLiteStore) -> None:
    seen: list[str] = []

    @once(sqlite, key=lambda message: message.json()["order"])
    @batch(size=3)
    def handle(messages: list[Message]) -> None:
        seen.extend(message.id for message in messages)

    given = (message("m-1", '{"order": "a"}'), message("m-2", "{}"), message("m-3", '{"order": "c"}'))
    outcomes = run_handler(handle, *given)
    assert actions(outcomes) == ["acknowledged", "retried", "acknowledged"]
    assert isinstance(outcomes[1].error, KeyError)
    assert seen == ["m-1", "m-3"]


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("\ud800", "the key of once: '\\ud800' is not text: 'utf-8' codec can't encode"),
        ("\U0001f600" * 500, "the key of once: '" + "\U0001f600" * 99 + " has, with "),
        ("x" * 1_000_000, "the key of once: '" + "x" * 99 + " is not text of 1 to 500 characters"),
    ],
    ids=["lone surrogate", "too many bytes", "too long"],
)
def test_a_key_that_no_store_takes_costs_its_list_nothing(store: OnceStore, key: str, problem: str) -> None:
    seen: list[str] = []

    def handle(messages: list[Message]) -> None:
        seen.extend(message.id for message in messages)

    handler = once(store, key=lambda message: key if message.id == "m-2" else message.id)(batch(size=3)(handle))
    outcomes = run_handler(handler, message("m-1"), message("m-2"), message("m-3"))
    assert actions(outcomes) == ["acknowledged", "rejected", "acknowledged"]
    assert outcomes[1].reason.startswith(problem)
    assert seen == ["m-1", "m-3"]


def test_a_cancelled_call_gives_its_key_up() -> None:
    store = Recording()

    @once(store)
    async def handle(_: Message) -> None:
        await asyncio.sleep(60)

    async def cancel() -> None:
        task = asyncio.ensure_future(Handler.of(handle).function(message()))
        while "claim" not in store.calls:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert store.calls == ["claim", "release"]


def test_a_test_gives_its_own_store(sqlite: SQLiteStore) -> None:
    done: list[str] = []
    handler = once(DynamoDBStore("none"))(lambda message: done.append(message.id))
    assert actions(run_handler(handler, message(), message(), store=sqlite)) == ["acknowledged"] * 2
    assert done == ["m-1"]


def test_a_store_that_cannot_work_keeps_the_worker_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "from worker_runtime import DynamoDBStore, once\n@once(DynamoDBStore())\ndef handle(message): ..."
    (tmp_path / "once_handlers.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "once_handlers", raising=False)
    monkeypatch.delenv("ONCE_TABLE", raising=False)
    with pytest.raises(SettingsError, match=r"^ONCE_TABLE: required"):
        load_handler("once_handlers.handle")
