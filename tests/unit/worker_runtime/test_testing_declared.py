"""What handlers are declared with counts in tests too, all of it together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from worker_runtime import DynamoDBStore, Message, Outbox, SQLiteStore, once, retry_policy, startup
from worker_runtime.testing import run_handler

TOPIC = "arn:aws:sns:eu-west-1:111122223333:shipped"


class Stock:
    def __init__(self, **counts: int) -> None:
        self.counts = counts


@dataclass
class Order:
    order_id: str
    sku: str


@startup
def open_stock() -> Stock:
    raise AssertionError("the test gives its own")


@retry_policy(reject_on=(KeyError,), retry_on={TimeoutError: 7})
@once(DynamoDBStore(), key=lambda message: message.json()["order_id"])
def handle(order: Order, message: Message, stock: Stock, outbox: Outbox) -> None:
    outbox.publish(TOPIC, {"order_id": order.order_id, "try": message.receive_count})
    if stock.counts[order.sku] == 0:
        raise TimeoutError(order.sku)
    stock.counts[order.sku] -= 1


def test_all_of_it_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONCE_TABLE", raising=False)
    stock, store = Stock(tea=1), SQLiteStore(tmp_path / "once.sqlite")
    outcomes = run_handler(
        handle,
        '{"order_id": "o-1", "sku": "tea"}',
        '{"order_id": "o-1", "sku": "tea"}',
        '{"order_id": "o-2", "sku": "tea"}',
        '{"order_id": "o-3", "sku": "cup"}',
        '{"order_id": "o-4"}',
        contexts={Stock: stock},
        store=store,
    )
    store.connection.close()
    assert [(outcome.action, outcome.reason, [each.body for each in outcome.published]) for outcome in outcomes] == [
        ("acknowledged", "", ['{"order_id":"o-1","try":1}']),
        ("acknowledged", "", []),
        ("retried", "TimeoutError: tea", []),
        ("rejected", "KeyError: 'cup'", []),
        ("rejected", "sku: required, text", []),
    ]
    assert stock.counts == {"tea": 0}
