"""A handler gets what its parameters' types ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from worker_runtime import Message, Reject, batch
from worker_runtime.handler import Handler
from worker_runtime.testing import run_handler


@dataclass
class Order:
    order_id: str


seen: list[Any] = []


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.clear()


def untyped(message):
    seen.append(message.body)


def of_message(message: Message) -> None:
    seen.append(message.body)


def of_a_type_for_checkers(message: runtime.Message) -> None:  # noqa: F821 # pyright: ignore
    seen.append(message.body)


def with_a_default(message: Message, greeting: str = "hello") -> None:
    seen.append(greeting + message.body)


@pytest.mark.parametrize("function", [untyped, of_message, of_a_type_for_checkers, with_a_default])
def test_a_handler_of_messages_is_called_as_it_is(function: Callable[..., Any]) -> None:
    assert Handler.of(function).function is function


def of_body(order: Order) -> None:
    seen.append(order)


def of_both(order: Order, message: Message) -> None:
    seen.append((order, message.id))


def by_name(*, message: Message, order: Order) -> None:
    seen.append((order, message.id))


async def later(order: Order, message: Message) -> None:
    await asyncio.sleep(0)
    seen.append((order, message.id))


class Shop:
    def __call__(self, order: Order) -> None:
        seen.append(order)

    def method(self, order: Order) -> None:
        seen.append(order)


def of_body_and_more(greeting: str, order: Order) -> None:
    of_body(order)


@pytest.mark.parametrize("function", [of_body, Shop(), Shop().method, partial(of_body_and_more, "hello")])
def test_a_handler_of_bodies_gets_the_body(function: Callable[..., Any]) -> None:
    (outcome,) = run_handler(function, '{"order_id": "o-1"}')
    assert outcome.action == "acknowledged"
    assert seen == [Order("o-1")]


@pytest.mark.parametrize("function", [of_both, by_name, later])
def test_a_handler_of_both_gets_both(function: Callable[..., Any]) -> None:
    run_handler(function, Message('{"order_id": "o-1"}', id="m-1"))
    assert seen == [(Order("o-1"), "m-1")]


@pytest.mark.parametrize("function", [of_body, later])
def test_a_misfit_never_reaches_the_handler(function: Callable[..., Any]) -> None:
    (outcome,) = run_handler(function, "{}")
    assert (outcome.action, outcome.reason) == ("rejected", "order_id: required, text")
    assert seen == []


@batch(size=3)
def of_bodies(orders: list[Order]) -> None:
    seen.append(orders)


@batch(size=3)
def of_lists(orders: Sequence[Order], messages: list[Message]) -> dict[str, Exception]:
    seen.append(orders)
    return {message.id: Reject("no") for order, message in zip(orders, messages, strict=True) if order.order_id == "no"}


@batch(size=3)
async def of_lists_later(*, orders: list[Order], messages: list[Message]) -> dict[str, Exception]:
    await asyncio.sleep(0)
    return of_lists(orders, messages)


@pytest.mark.parametrize("function", [of_lists, of_lists_later])
def test_a_batch_handler_gets_lists_without_the_misfits(function: Callable[..., Any]) -> None:
    outcomes = run_handler(function, '{"order_id": "o-1"}', "{}", '{"order_id": "no"}')
    assert [(outcome.action, outcome.reason) for outcome in outcomes] == [
        ("acknowledged", ""),
        ("rejected", "order_id: required, text"),
        ("rejected", "no"),
    ]
    assert seen == [[Order("o-1"), Order("no")]]


def test_a_batch_handler_that_returns_nothing_leaves_the_misfits_rejected() -> None:
    outcomes = run_handler(of_bodies, '{"order_id": "o-1"}', "{}")
    assert [outcome.action for outcome in outcomes] == ["acknowledged", "rejected"]
    assert [outcome.action for outcome in run_handler(of_bodies, "1", "2", "3")] == ["rejected"] * 3
    assert seen == [[Order("o-1")]]


@dataclass
class Odd:
    value: complex


def of_odd(body: Odd) -> None: ...


def of_nothing() -> None: ...


def of_unknown(order: Order, pool: list) -> None: ...


def of_odd_text(order: print.Order) -> None:  # pyright: ignore
    ...


def of_lost(order: Lost) -> None:  # noqa: F821 # pyright: ignore
    ...


ALLOWED = "a function of a message, of its body, and of what @startup functions return: it takes"
KNOWN = "a function whose types are known when it is loaded:"


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (of_nothing, f"{ALLOWED} () -> 'None'"),
        (of_unknown, f"{ALLOWED} (order: 'Order', pool: 'list') -> 'None'; list needs @batch"),
        (of_odd, "a function of a body that can be read: Odd.value: complex is no type that JSON can be read into"),
        (
            of_odd_text,
            f"{KNOWN} of order 'print.Order', 'builtin_function_or_method' object has no attribute 'Order'",
        ),
        (
            of_lost,
            f"{KNOWN} of order 'Lost', name 'Lost' is not defined",
        ),
    ],
)
def test_a_function_of_something_else_is_no_handler(function: Callable[..., Any], problem: str) -> None:
    with pytest.raises(TypeError) as refused:
        Handler.of(function)
    assert str(refused.value) == problem
