"""A handler that takes another number at once than scaling counts on is told of."""

from __future__ import annotations

import pytest

from worker_runtime import Message, batch
from worker_runtime.handler import Handler
from worker_runtime.process.scaling_warnings import scaling_warnings


def one(message: Message) -> None:
    """Takes one message."""


@batch(size=25)
def many(messages: list[Message]) -> None:
    """Takes a list."""


@pytest.mark.parametrize(
    ("function", "batch_size", "said"),
    [
        (one, 0, []),
        (many, 25, []),
        (many, 0, ["takes 25 at once, and scaling counts on 1: it starts more tasks"]),
        (many, 40, ["takes 25 at once, and scaling counts on 40: it starts fewer tasks"]),
        (one, 25, ["takes 1 at once, and scaling counts on 25: it starts fewer tasks"]),
    ],
)
def test_what_scaling_counts_on_is_held_against_the_handler(function: object, batch_size: int, said: list[str]) -> None:
    warnings = scaling_warnings({"orders": Handler.of(function)}, batch_size)  # type: ignore[arg-type]

    assert len(warnings) == len(said)
    for warning, part in zip(warnings, said, strict=True):
        assert warning.startswith("the handler of orders")
        assert part in warning


def test_each_queue_is_told_of_by_its_name() -> None:
    warnings = scaling_warnings({"orders": Handler.of(one), "index": Handler.of(many)}, 0)

    assert [warning.split()[3] for warning in warnings] == ["index"]
