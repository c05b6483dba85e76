"""The sample orders, judged by the sample handler."""

from __future__ import annotations

import json

from handlers.orders import find_problems
from local.sample_orders import sample_orders


def test_exactly_the_malformed_orders_are_rejected_each_for_its_own_reason() -> None:
    problems = [find_problems(json.loads(order)) for order in sample_orders(50, 3)]

    assert [found for found in problems if found] == [
        ["customer must be text that is not empty, got ''"],
        ["currency must be three capital letters, got 'euro'"],
        ["lines must be a list that is not empty, got []"],
    ]


def test_orders_are_the_same_every_time_and_all_different() -> None:
    orders = sample_orders(50, 0)

    assert orders == sample_orders(50, 0)
    assert len({json.loads(order)["order_id"] for order in orders}) == 50
