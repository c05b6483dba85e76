"""Sample orders for the sample handler, the same on every run."""

from __future__ import annotations

import json
import random
from typing import Any

_CUSTOMERS = ("Ada", "Grace", "Edsger", "Barbara", "Alan", "Margaret", "Dennis", "Frances")
_GOODS = {"tea": "3.50", "coffee": "4.20", "honey": "6.75", "bread": "2.90", "cheese": "8.40", "olives": "5.15"}
_CURRENCIES = ("EUR", "USD", "GBP")
#: What makes an order malformed, in turn.
_MISTAKES: tuple[dict[str, Any], ...] = ({"customer": ""}, {"currency": "euro"}, {"lines": []})


def sample_orders(count: int, malformed: int) -> list[str]:
    """`count` orders as JSON text, of which `malformed` (spread evenly) the handler must reject."""
    orders = [_order(number) for number in range(count)]
    for turn in range(malformed):
        place = (turn + 1) * count // malformed - 1
        orders[place].update(_MISTAKES[turn % len(_MISTAKES)])
    return [json.dumps(order) for order in orders]


def _order(number: int) -> dict[str, Any]:
    # Not secret, but repeatable: the number alone decides.
    chance = random.Random(number)  # noqa: S311
    skus = chance.sample(sorted(_GOODS), chance.randint(1, 3))
    return {
        "order_id": f"o-{number + 1:04d}",
        "customer": chance.choice(_CUSTOMERS),
        "currency": chance.choice(_CURRENCIES),
        "lines": [{"sku": sku, "quantity": chance.randint(1, 5), "unit_price": _GOODS[sku]} for sku in skus],
    }
