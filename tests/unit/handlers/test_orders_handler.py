"""The sample handler: totals of good orders, and every problem of bad ones."""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from typing import Any

import pytest

from handlers.orders import find_problems, handle, total
from worker_runtime import Message, Reject


def order(**changes: Any) -> dict[str, Any]:
    good = {
        "order_id": "o-1",
        "customer": "Ada",
        "currency": "EUR",
        "lines": [
            {"sku": "tea", "quantity": 2, "unit_price": "3.50"},
            {"sku": "cup", "quantity": 1, "unit_price": 0.1},
        ],
    }
    return {**good, **changes}


def test_total_is_exact() -> None:
    assert total(order()["lines"]) == Decimal("7.10")


def test_good_order_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        handle(Message(json.dumps(order())))
    assert caplog.messages == ["order o-1 of Ada: 7.10 EUR"]


def test_every_problem_is_named_at_once() -> None:
    line = {"sku": " ", "quantity": True, "unit_price": "NaN"}
    with pytest.raises(Reject) as caught:
        handle(Message(json.dumps({"customer": 7, "currency": "eur", "lines": [line, "tea"]})))
    assert caught.value.reason == (
        "order_id must be text that is not empty, got None; "
        "customer must be text that is not empty, got 7; "
        "currency must be three capital letters, got 'eur'; "
        "line 1: sku must be text that is not empty, got ' '; "
        "line 1: quantity must be a whole number from 1 to 10000, got True; "
        "line 1: unit_price must be a number from 0 to 1000000, got 'NaN'; "
        "line 2: must be an object, got str"
    )


@pytest.mark.parametrize("lines", [None, [], {}, "tea"])
def test_an_order_needs_lines(lines: Any) -> None:
    assert find_problems(order(lines=lines)) == [f"lines must be a list that is not empty, got {lines!r}"]


@pytest.mark.parametrize("quantity", [0, -1, 1.5, "2", 10_001, None])
def test_quantity_has_a_range(quantity: Any) -> None:
    lines = [{"sku": "tea", "quantity": quantity, "unit_price": 1}]
    assert find_problems(order(lines=lines)) == [
        f"line 1: quantity must be a whole number from 1 to 10000, got {quantity!r}"
    ]


@pytest.mark.parametrize("price", [-1, "x", None, True, "1000000.01", [], "1e999999999"])
def test_price_has_a_range(price: Any) -> None:
    lines = [{"sku": "tea", "quantity": 1, "unit_price": price}]
    assert find_problems(order(lines=lines)) == [
        f"line 1: unit_price must be a number from 0 to 1000000, got {price!r}"
    ]


def test_not_an_object() -> None:
    assert find_problems([]) == ["an order must be an object, got list"]
