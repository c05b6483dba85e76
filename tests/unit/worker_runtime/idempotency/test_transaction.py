"""What a handler gives to `DynamoDBStore.write` is written with the record, in one transaction."""

from __future__ import annotations

import asyncio
from typing import Any

import boto3
import pytest

from worker_runtime import DynamoDBStore, Message, batch, once
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

    @once(store)
    def handle(_: Message) -> None:
        store.write(add_one("b"), new)

    first, second = run_handler(handle, MESSAGE, Message("x", id="m-2"))
    assert (first.action, second.action) == ("acknowledged", "retried")
    assert "TransactionCanceledException" in second.reason
    assert times("b") == "1"


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


def test_only_a_handler_of_one_message_can(store: DynamoDBStore) -> None:
    handler = once(store)(batch(size=2)(lambda _: store.write(add_one("a"))))
    (outcome,) = run_handler(handler, MESSAGE)
    assert outcome.reason == "write: only a handler of one message can, in its own thread or task"
