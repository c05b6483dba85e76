"""What a handler with `@once` has returned is remembered for messages of the same key that come again."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from worker_runtime import Message, OnceStore, Reject, SQLiteStore, batch, once, publish
from worker_runtime.idempotency.results import RESULT_MOST_BYTES
from worker_runtime.testing import Outcome, run_handler

TOPIC = "arn:aws:sns:eu-west-1:111122223333:receipts"


def answer(message: Message, receipt: Any) -> None:
    publish(TOPIC, {"to": message.id, "receipt": receipt})


class Lazy(dict[str, Any]):
    """A row whose values are loaded when somebody asks."""

    def __init__(self) -> None:
        super().__init__(row=None)

    def items(self) -> Any:
        raise ConnectionError("the session is closed")


def message(id_: str) -> Message:
    return Message("x", id=id_, attributes={"order": "o-1"})


def published(outcomes: list[Outcome]) -> list[list[str]]:
    return [[each.body for each in outcome.published] for outcome in outcomes]


@pytest.mark.parametrize("is_async", [False, True])
def test_a_message_that_comes_again_gets_what_the_first_got(store: OnceStore, is_async: bool) -> None:
    charged: list[str] = []

    def handle(message: Message) -> dict[str, Any]:
        charged.append(message.id)
        return {"number": len(charged), "für": ["tea", None, 1.5]}

    async def handle_later(message: Message) -> dict[str, Any]:
        await asyncio.sleep(0)
        return handle(message)

    handler = once(store, key="order", again=answer)(handle_later if is_async else handle)
    outcomes = run_handler(handler, message("m-1"), message("m-2"), message("m-1"))
    receipt = {"number": 1, "für": ["tea", None, 1.5]}
    assert charged == ["m-1"]
    assert [(outcome.action, outcome.result) for outcome in outcomes] == [("acknowledged", receipt)] * 3
    text = '"receipt":{"number":1,"f\\u00fcr":["tea",null,1.5]}'
    assert published(outcomes) == [[], [f'{{"to":"m-2",{text}}}'], [f'{{"to":"m-1",{text}}}']]


def test_a_result_is_forgotten_with_its_key(store: OnceStore) -> None:
    store.claim("k", "a", 60)
    assert store.finish("k", "a", -1, '"tea"')
    assert store.claim("k", "b", 60).state == "mine"
    assert store.finish("k", "b", 60, None)
    assert store.claim("k", "c", 60) == ("done", 0, None)


def test_without_again_nothing_is_remembered(store: OnceStore) -> None:
    handler = once(store, key="order")(lambda _: {"secret": 1})
    first, second = run_handler(handler, message("m-1"), message("m-2"))
    assert (first.result, second.result) == ({"secret": 1}, None)


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (object(), "JSON cannot say it"),
        (float("nan"), "JSON cannot say it"),
        ("\ud800", "JSON cannot say it"),
        (Lazy(), "JSON cannot say it (the session is closed)"),
        ("ü" * (RESULT_MOST_BYTES // 2), f"{RESULT_MOST_BYTES + 2} bytes, {RESULT_MOST_BYTES} at most"),
    ],
)
def test_what_cannot_be_remembered_does_not_fail_what_is_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, result: Any, problem: str
) -> None:
    results: list[Any] = []
    store = SQLiteStore(tmp_path / "once.sqlite")
    handler = once(store, key="order", again=lambda _, known: results.append(known))(lambda _: result)
    with caplog.at_level(logging.WARNING):
        outcomes = run_handler(handler, message("m-1"), message("m-2"))
    assert [outcome.action for outcome in outcomes] == ["acknowledged"] * 2
    assert results == [None]
    assert [problem in record.getMessage() for record in caplog.records] == [True]
    store.connection.close()


def test_a_result_of_the_largest_size_is_remembered(store: OnceStore) -> None:
    text = "x" * (RESULT_MOST_BYTES - 2)
    handler = once(store, key="order", again=answer)(lambda _: text)
    assert run_handler(handler, message("m-1"), message("m-2"))[1].result == text


def test_an_answer_that_fails_fails_its_message_alone(store: OnceStore) -> None:
    def refuse(message: Message, result: Any) -> None:
        raise Reject(f"{message.id} of {result}")

    handler = once(store, again=refuse)(batch(size=3)(lambda messages: dict.fromkeys(m.id for m in messages)))
    run_handler(handler, message("m-1"))
    outcomes = run_handler(handler, message("m-2"), message("m-1"), message("m-3"))
    assert [(outcome.action, outcome.reason, outcome.result) for outcome in outcomes] == [
        ("acknowledged", "", None),
        ("rejected", "m-1 of None", None),
        ("acknowledged", "", None),
    ]


def test_a_handler_that_failed_has_no_result(store: OnceStore) -> None:
    tries: list[str] = []

    def handle(message: Message) -> int:
        tries.append(message.id)
        if len(tries) == 1:
            raise RuntimeError("broken")
        return len(tries)

    outcomes = run_handler(once(store, again=answer)(handle), message("m-1"), message("m-1"), message("m-1"))
    assert [(outcome.action, outcome.result) for outcome in outcomes] == [
        ("retried", None),
        ("acknowledged", 2),
        ("acknowledged", 2),
    ]
