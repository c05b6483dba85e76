"""Handlers are tested without AWS."""

from __future__ import annotations

import asyncio

from worker_runtime import Message, Reject, Retry, batch
from worker_runtime.testing import Outcome, run_handler


def decide(message: Message) -> None:
    if message.body == "reject":
        raise Reject("never")
    if message.body == "retry":
        raise Retry(60)
    if message.body == "fail":
        raise ValueError("broken")


def summary(outcomes: list[Outcome]) -> list[tuple[str, str, float | None]]:
    return [(outcome.action, outcome.reason, outcome.delay_seconds) for outcome in outcomes]


EXPECTED = [
    ("acknowledged", "", None),
    ("rejected", "never", None),
    ("retried", "the handler asked for another try", 60),
    ("retried", "broken", None),
]


def test_plain_handler() -> None:
    assert summary(run_handler(decide, "ok", "reject", "retry", "fail")) == EXPECTED


def test_async_handler() -> None:
    async def handle(message: Message) -> None:
        await asyncio.sleep(0)
        decide(message)

    assert summary(run_handler(handle, "ok", "reject", "retry", "fail")) == EXPECTED


def test_batch_handler_gets_batches_of_its_size() -> None:
    sizes = []

    @batch(size=2)
    def handle(messages: list[Message]) -> dict[str, BaseException]:
        sizes.append(len(messages))
        return {message.id: Reject("never") for message in messages if message.body == "reject"}

    outcomes = run_handler(handle, "ok", "reject", "ok")
    assert [outcome.action for outcome in outcomes] == ["acknowledged", "rejected", "acknowledged"]
    assert sizes == [2, 1]


def test_batch_handler_may_change_its_list_and_its_messages() -> None:
    @batch(size=3)
    def handle(messages: list[Message]) -> dict[str, BaseException]:
        failed = messages.pop().id
        messages[0].id = "mine"
        return {failed: Reject("never")}

    outcomes = run_handler(handle, "ok", "ok", "reject")
    assert [outcome.action for outcome in outcomes] == ["acknowledged", "acknowledged", "rejected"]


def test_message_may_be_given_whole() -> None:
    message = Message("ok", id="mine", receive_count=3)
    (outcome,) = run_handler(decide, message)
    assert outcome.message is message
