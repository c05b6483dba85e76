"""Two services of one program whose queues or topics would have one name are refused, with both names."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.support.deploy import deploy
from tests.support.worker_service import REQUIRED, worker_service
from worker_service import WorkerService


class Shop(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("shop:index:Shop", name)


TOLD = "would be called {}, and so would one of the WorkerService {!r}: give one of them another name"


@pytest.mark.parametrize(
    ("first", "second", "what", "called"),
    [
        (("orders", {"queues": {"slow": {}}}), ("orders-slow", {}), "the queue main", "orders-slow-queue"),
        (("orders-slow", {}), ("orders", {"queues": {"slow": {}}}), "the queue slow", "orders-slow-queue"),
        (
            ("orders", {"queues": {"slow-x": {}}}),
            ("orders-slow", {"queues": {"x": {}}}),
            "the queue x",
            "orders-slow-x-queue",
        ),
        (
            ("orders", {"topics": {"main": {}, "slow": {}}}),
            ("orders-slow", {}),
            "the topic main",
            "orders-slow-topic",
        ),
    ],
)
def test_a_name_that_is_taken_is_refused(
    first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]], what: str, called: str
):
    def program() -> None:
        for name, args in (first, second):
            worker_service(name, **args)

    with pytest.raises(pulumi.RunError) as refused:
        deploy(program)
    assert f"name: {what} {TOLD.format(called, first[0])}" in str(refused.value)


def test_other_names_and_other_parents_are_taken():
    def program() -> None:
        worker_service("orders", queues={"slow": {}})
        worker_service("orders-fast")
        WorkerService("orders-slow", REQUIRED, pulumi.ResourceOptions(parent=Shop("shop")))

    names = [one.name for one in deploy(program).all("workers:index:WorkerService")]
    assert names == ["orders", "orders-fast", "orders-slow"]


def test_the_next_program_begins_anew():
    deploy(lambda: worker_service("orders", queues={"slow": {}}))
    assert deploy(lambda: worker_service("orders-slow")).all("workers:index:WorkerService")
