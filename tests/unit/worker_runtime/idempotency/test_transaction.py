"""What a handler gives to `DynamoDBStore.write` is written with the record, in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from worker_runtime import DynamoDBStore, Message, batch, once
from worker_runtime.aws_clients import aws_client
from worker_runtime.handler import Handler
from worker_runtime.message import current_message
from worker_runtime.testing import run_handler

MESSAGE = Message("x", id="m-1")
pytestmark = pytest.mark.parametrize("store", ["dynamodb"], indirect=True)


def add_one(key: str) -> dict[str, Any]:
    """An effect that is seen to happen twice. In the table of the records: a user's is another one."""
    return {
        "Update": {
            "TableName": "once",
            "Key": {"key": {"S": key}},
            "UpdateExpression": "ADD times :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def times(key: str) -> str | None:
    client = boto3.client("dynamodb", region_name="eu-west-1")
    return client.get_item(TableName="once", Key={"key": {"S": key}}).get("Item", {}).get("times", {}).get("N")


@pytest.mark.parametrize("is_async", [False, True])
def test_what_is_written_is_there_once_the_handler_has_returned(store: DynamoDBStore, is_async: bool) -> None:
    seen: list[str | None] = []

    def handle(_: Message) -> None:
        store.write(add_one("a"), add_one("b"))
        seen.append(times("a"))

    async def handle_later(message: Message) -> None:
        await asyncio.sleep(0)
        handle(message)

    handler = once(store)(handle_later if is_async else handle)
    outcomes = run_handler(handler, MESSAGE, MESSAGE, Message("x", id="m-2"))
    assert [outcome.action for outcome in outcomes] == ["acknowledged"] * 3
    assert seen == [None, "1"]
    assert (times("a"), times("b")) == ("2", "2")


def test_a_handler_that_fails_has_written_nothing(store: DynamoDBStore) -> None:
    @once(store)
    def handle(message: Message) -> None:
        store.write(add_one(f"of try {message.receive_count}"))
        if message.receive_count == 1:
            raise RuntimeError("broken")

    run_handler(handle, MESSAGE, Message("x", id="m-1", receive_count=2))
    assert (times("of try 1"), times("of try 2")) == (None, "1")


def test_a_condition_that_does_not_hold_fails_the_message(store: DynamoDBStore) -> None:
    new = {"Put": {"TableName": "once", "Item": {"key": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(#k)"}}
    new["Put"]["ExpressionAttributeNames"] = {"#k": "key"}

    @once(store, wait_seconds=0)
    def handle(_: Message) -> None:
        store.write(add_one("b"), new)

    # The second try finds no lock.
    first, *others = run_handler(handle, MESSAGE, Message("x", id="m-2"), Message("x", id="m-2"))
    assert first.action == "acknowledged"
    for other in others:
        assert other.action == "retried"
        assert "TransactionCanceledException" in other.reason
    assert times("b") == "1"


class Refusing:
    """A method of the client that is refused a few times before it is made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, times: int, code: str, *reasons: str) -> None:
        self._client = aws_client("dynamodb")
        self._real = getattr(self._client, name)
        self._times, self._code, self._reasons = times, code, reasons
        self.calls = 0
        monkeypatch.setattr(self._client, name, self)
        monkeypatch.setattr("worker_runtime.idempotency.conflicts.time.sleep", lambda _: None)

    def __call__(self, **parameters: Any) -> Any:
        self.calls += 1
        if self.calls > self._times:
            return self._real(**parameters)
        answer = {
            "Error": {"Code": self._code, "Message": "no"},
            "CancellationReasons": [{"Code": reason} for reason in self._reasons],
        }
        raise getattr(self._client.exceptions, self._code)(answer, "X")


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_who_writes_the_same_item_at_the_same_time_costs_no_try(
    store: DynamoDBStore, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    refusing = Refusing(monkeypatch, "transact_write_items", 2, "TransactionCanceledException", "None", reason)
    (outcome,) = run_handler(once(store)(lambda _: store.write(add_one("a"))), MESSAGE)
    assert (outcome.action, times("a"), refusing.calls) == ("acknowledged", "1", 3)


def test_a_transaction_for_the_same_key_costs_no_try(store: DynamoDBStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that waits asks for the lock again and again, and the one before it commits meanwhile."""
    refusing = Refusing(monkeypatch, "update_item", 2, "TransactionConflictException")
    (outcome,) = run_handler(once(store)(lambda _: store.write(add_one("a"))), MESSAGE)
    assert (outcome.action, times("a"), refusing.calls) == ("acknowledged", "1", 3)


def test_what_never_passes_is_given_up(store: DynamoDBStore, monkeypatch: pytest.MonkeyPatch) -> None:
    always = ("transact_write_items", 99, "TransactionCanceledException")
    for reasons, calls in ((("None", "ValidationError", "TransactionConflict"), 1), (("TransactionConflict",), 8)):
        refusing = Refusing(monkeypatch, *always, *reasons)
        (outcome,) = run_handler(once(store)(lambda _: store.write(add_one("a"))), MESSAGE)
        assert (outcome.action, times("a"), refusing.calls) == ("retried", None, calls)


def test_whose_lock_was_lost_has_written_nothing(store: DynamoDBStore) -> None:
    @once(store)
    def handle(_: Message) -> None:
        store.write(add_one("a"))
        client = boto3.client("dynamodb", region_name="eu-west-1")
        (record,) = client.scan(TableName="once")["Items"]
        client.put_item(TableName="once", Item={**record, "owner": {"S": "another"}})

    (outcome,) = run_handler(handle, MESSAGE)
    assert (outcome.action, outcome.reason) == (
        "retried",
        "the lock of the message's key was lost while its handler ran",
    )
    assert times("a") is None


def write(store: DynamoDBStore) -> Callable[..., None]:
    return lambda _: store.write(add_one("a"))


@pytest.mark.parametrize(
    "handler_of",
    [
        lambda store: once(store)(batch(size=2)(write(store))),
        write,
        lambda store: once(DynamoDBStore())(write(store)),
    ],
    ids=["of a list", "without once", "of another store"],
)
def test_what_no_record_would_take_along_is_not_taken(
    store: DynamoDBStore, handler_of: Callable[[DynamoDBStore], Callable[..., None]]
) -> None:
    """It would be lost in silence."""
    (outcome,) = run_handler(handler_of(store), MESSAGE)
    assert outcome.reason == (
        "write: only a handler of one message can, with @once over this very store, in its own thread or task"
    )


def test_what_comes_after_the_record_is_not_taken(store: DynamoDBStore) -> None:
    tasks: list[asyncio.Task[None]] = []

    @once(store)
    async def handle(_: Message) -> None:
        async def write_later() -> None:
            while (await asyncio.to_thread(times, "a")) is None:
                pass
            store.write(add_one("b"))

        store.write(add_one("a"))
        tasks.append(asyncio.create_task(write_later()))

    async def handle_and_wait() -> None:
        message_of_task = current_message.set(MESSAGE)
        await Handler.of(handle).function(MESSAGE)
        current_message.reset(message_of_task)
        with pytest.raises(RuntimeError, match=r"^write: only"):
            await tasks[0]

    asyncio.run(handle_and_wait())
    assert (times("a"), times("b")) == ("1", None)
