"""Which service a command is for."""

from __future__ import annotations

import pytest

from local.errors import BoxError
from local.service import Service, choose_service


def _service(name: str) -> Service:
    return Service(name, "cluster", f"{name}-1", "topic", "queue", "queue-arn", "dead", "dead-arn")


ORDERS, REFUNDS = _service("orders"), _service("refunds")


def test_the_only_one_needs_no_name() -> None:
    assert choose_service([ORDERS], None) == ORDERS


def test_one_of_several_is_named() -> None:
    assert choose_service([ORDERS, REFUNDS], "refunds") == REFUNDS


@pytest.mark.parametrize(
    ("services", "name", "problem"),
    [
        ([], None, "the program has no worker service: there is neither a topic nor a queue"),
        ([ORDERS, REFUNDS], None, "the program has 2 worker services: say which with --service: orders, refunds"),
        ([ORDERS], "refunds", "there is no worker service refunds: the program has orders"),
    ],
)
def test_what_is_unclear_is_refused(services: list[Service], name: str | None, problem: str) -> None:
    with pytest.raises(BoxError) as error:
        choose_service(services, name)

    assert str(error.value) == problem
