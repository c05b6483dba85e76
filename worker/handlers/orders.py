"""A sample handler: check an order, add it up, and reject what can never be right."""

from __future__ import annotations

import logging
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from worker_runtime import Message, Reject

_log = logging.getLogger(__name__)

_CURRENCY = re.compile(r"[A-Z]{3}")
_QUANTITY_MOST = 10_000
_PRICE_MOST = Decimal(1_000_000)


def handle(message: Message) -> None:
    """Compute an order's total and log it. Raises Reject, naming every problem, where the order is malformed.

    An order is `{"order_id": "o-1", "customer": "Ada", "currency": "EUR",
    "lines": [{"sku": "tea", "quantity": 2, "unit_price": "3.50"}]}`.
    Prices are decimal numbers, best as text: JSON's numbers are often read as floats.
    """
    order = message.json()
    problems = find_problems(order)
    if problems:
        raise Reject("; ".join(problems))
    _log.info(
        "order %s of %s: %s %s",
        order["order_id"],
        order["customer"],
        total(order["lines"]),
        order["currency"],
        extra={"action": "order_accepted", "order_id": order["order_id"]},
    )


def total(lines: list[dict[str, Any]]) -> Decimal:
    """Sum of quantity times unit price over valid lines."""
    return sum((line["quantity"] * Decimal(str(line["unit_price"])) for line in lines), Decimal(0))


def find_problems(order: Any) -> list[str]:
    """Everything that is wrong with an order, one sentence each."""
    if not isinstance(order, dict):
        return [f"an order must be an object, got {type(order).__name__}"]
    problems = [
        f"{field} must be text that is not empty, got {order.get(field)!r}"
        for field in ("order_id", "customer")
        if not _is_text(order.get(field))
    ]
    currency = order.get("currency")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        problems.append(f"currency must be three capital letters, got {currency!r}")
    lines = order.get("lines")
    if not isinstance(lines, list) or not lines:
        return [*problems, f"lines must be a list that is not empty, got {lines!r}"]
    for number, line in enumerate(lines, 1):
        problems += [f"line {number}: {problem}" for problem in _line_problems(line)]
    return problems


def _line_problems(line: Any) -> list[str]:
    if not isinstance(line, dict):
        return [f"must be an object, got {type(line).__name__}"]
    problems = []
    if not _is_text(line.get("sku")):
        problems.append(f"sku must be text that is not empty, got {line.get('sku')!r}")
    quantity = line.get("quantity")
    if type(quantity) is not int or not 1 <= quantity <= _QUANTITY_MOST:
        problems.append(f"quantity must be a whole number from 1 to {_QUANTITY_MOST}, got {quantity!r}")
    if not _is_price(line.get("unit_price")):
        problems.append(f"unit_price must be a number from 0 to {_PRICE_MOST}, got {line.get('unit_price')!r}")
    return problems


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _is_price(value: Any) -> bool:
    if type(value) not in (int, float, str):
        return False
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return False
    return price.is_finite() and 0 <= price <= _PRICE_MOST
