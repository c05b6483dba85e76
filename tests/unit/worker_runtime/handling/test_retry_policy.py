"""What becomes of a message is decided by the type of its handler's exception."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from worker_runtime import Message, Reject, Retry, batch, retry_policy
from worker_runtime.testing import Outcome, run_handler

ERRORS: dict[str, Exception | None] = {
    "fine": None,
    "slow": TimeoutError("no answer"),
    "refused": ConnectionRefusedError("closed"),
    "reset": ConnectionResetError("gone"),
    "wrong": ValueError("no card"),
    "not text": UnicodeDecodeError("utf-8", b"x", 0, 1, "odd"),
    "unknown": RuntimeError("bug"),
    "own retry": Retry(7, "later"),
    "own reject": Reject("never"),
}
EXPECTED = [
    ("acknowledged", None, ""),
    ("retried", 30, "TimeoutError: no answer"),
    ("retried", None, "ConnectionRefusedError: closed"),
    ("retried", 5, "ConnectionResetError: gone"),
    ("rejected", None, "ValueError: no card"),
    ("retried", 0, "UnicodeDecodeError: 'utf-8' codec can't decode byte 0x78 in position 0: odd"),
    ("retried", None, "bug"),
    ("retried", 7, "later"),
    ("rejected", None, "never"),
]
POLICY = retry_policy(
    retry_on={TimeoutError: 30, ConnectionError: 5.0, ConnectionRefusedError: None, UnicodeError: 0},
    reject_on=(ValueError, LookupError, Reject),
)


@POLICY
def plain(message: Message) -> None:
    error = ERRORS[message.body]
    if error is not None:
        raise error


@POLICY
async def later(message: Message) -> None:
    await asyncio.sleep(0)
    plain(message)


@batch(size=20)
@POLICY
def in_batches(messages: list[Message]) -> dict[str, Exception | None]:
    failed = {message.id: ERRORS[message.body] for message in messages}
    messages.clear()
    return failed


@POLICY
@batch(size=20)
async def in_batches_later(messages: list[Message]) -> dict[str, Exception | None]:
    await asyncio.sleep(0)
    return in_batches(messages)


def summary(outcomes: list[Outcome]) -> list[tuple[str, float | None, str]]:
    return [(outcome.action, outcome.delay_seconds, outcome.reason) for outcome in outcomes]


@pytest.mark.parametrize("function", [plain, later, in_batches, in_batches_later])
def test_the_nearest_type_decides(function: Callable[..., Any]) -> None:
    assert summary(run_handler(function, *ERRORS)) == EXPECTED


@pytest.mark.parametrize("is_async", [False, True])
def test_a_batch_that_raises_fails_by_that(is_async: bool) -> None:
    def fail(messages: list[Message]) -> None:
        raise TimeoutError("all of it")

    async def fail_later(messages: list[Message]) -> None:
        fail(messages)

    outcomes = run_handler(batch(size=2)(POLICY(fail_later if is_async else fail)), "a", "b")
    assert summary(outcomes) == [("retried", 30, "TimeoutError: all of it")] * 2


def test_what_decided_is_told_with_what_the_handler_raised() -> None:
    (outcome,) = run_handler(plain, "slow")
    assert outcome.error is not None
    assert outcome.error.__cause__ is ERRORS["slow"]


def test_two_policies_are_asked_from_the_inside() -> None:
    @retry_policy(reject_on=(TimeoutError, KeyError))
    @retry_policy(retry_on={TimeoutError: 3})
    def fail(message: Message) -> None:
        raise ERRORS[message.body] or AssertionError

    assert summary(run_handler(fail, "slow", "nothing of this name")) == [
        ("retried", 3, "TimeoutError: no answer"),
        ("rejected", None, "KeyError: 'nothing of this name'"),
    ]


def test_the_end_of_the_process_is_no_failure_of_the_handler() -> None:
    @retry_policy(reject_on=(Exception,))
    def leave(message: Message) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        run_handler(leave, "x")


def test_a_decorated_function_is_still_itself() -> None:
    with pytest.raises(TimeoutError):
        plain(Message("slow"))


def test_every_problem_of_a_policy_is_named() -> None:
    with pytest.raises(ValueError, match="retry_on") as refused:
        retry_policy(retry_on={TimeoutError: -1, KeyError: 5, "x": True}, reject_on=(KeyError, SystemExit))  # type: ignore[dict-item]
    assert str(refused.value).split("; ") == [
        "retry_on: 'x' is not a type of exceptions",
        "reject_on: <class 'SystemExit'> is not a type of exceptions",
        "retry_on: -1 is not None or a number of seconds from 0 to 43200",
        "retry_on: True is not None or a number of seconds from 0 to 43200",
        "KeyError: it is in retry_on and in reject_on",
    ]
    with pytest.raises(ValueError, match=r"^reject_on: <class 'ValueError'> is not a tuple of types of exceptions$"):
        retry_policy(reject_on=ValueError)  # type: ignore[arg-type]
