"""Bodies of one of several kinds, generic ones, and numbers as they are written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NewType, TypeVar

import msgspec
import pydantic
import pytest

from worker_runtime import InvalidBody, Message, Outbox
from worker_runtime.handling.bodies import parser_of
from worker_runtime.testing import run_handler

T = TypeVar("T")


@dataclass
class Placed:
    order_id: str
    event: Literal["placed"] = "placed"


@dataclass
class Cancelled:
    order_id: str
    reason: str
    event: Literal["cancelled"] = "cancelled"


@dataclass
class Shipment:
    about: Placed | Cancelled | None
    where: tuple[float, float]


@dataclass
class Page(Generic[T]):
    items: list[T]
    first: T | None = None


@dataclass
class Envelope(Generic[T]):
    page: Page[T]
    cents: int


@dataclass
class Sum:
    total: Decimal
    share: float = 0
    whatever: Any = None


Money = NewType("Money", Decimal)
Price = NewType("Price", Money)
Order = NewType("Order", Placed)


@dataclass
class Bill:
    price: Price
    order: Order


@dataclass
class Checked:
    count: int

    def __post_init__(self) -> None:
        if not self.count:
            raise ValueError


class PydanticPlaced(pydantic.BaseModel):
    event: Literal["placed"]
    order_id: str


class PydanticCancelled(pydantic.BaseModel):
    event: Literal["cancelled"]
    reason: str


PydanticEvent = Annotated[PydanticPlaced | PydanticCancelled, pydantic.Field(discriminator="event")]


class MsgspecPlaced(msgspec.Struct, tag="placed", tag_field="event"):
    order_id: str


class MsgspecCancelled(msgspec.Struct, tag="cancelled", tag_field="event"):
    reason: str
    cents: int


class MsgspecPage(msgspec.Struct, Generic[T]):
    item: T


class Untagged(msgspec.Struct):
    reason: str


def read(type_: Any, body: Any) -> Any:
    parse = parser_of(type_)
    assert parse is not None
    return parse(Message(body if isinstance(body, str) else json.dumps(body)))


def problem(type_: Any, body: Any) -> str:
    with pytest.raises(InvalidBody) as refused:
        read(type_, body)
    return refused.value.reason


@pytest.mark.parametrize(
    ("type_", "body", "value"),
    [
        (Placed | Cancelled, {"event": "placed", "order_id": "o"}, Placed("o")),
        (Placed | Cancelled, {"event": "cancelled", "order_id": "o", "reason": "r"}, Cancelled("o", "r")),
        (Shipment, {"about": None, "where": [52, 4.5]}, Shipment(None, (52.0, 4.5))),
        (Page[int], {"items": [1], "first": 2}, Page([1], 2)),
        (Envelope[Placed], {"page": {"items": [{"order_id": "o"}]}, "cents": 5}, Envelope(Page([Placed("o")]), 5)),
        (PydanticEvent, {"event": "cancelled", "reason": "r"}, PydanticCancelled(event="cancelled", reason="r")),
        (PydanticPlaced | None, "null", None),
        (MsgspecPlaced | MsgspecCancelled, {"event": "placed", "order_id": "o"}, MsgspecPlaced("o")),
        (MsgspecPage[int], {"item": 1}, MsgspecPage(1)),
    ],
)
def test_a_body_of_one_of_several_kinds_or_of_a_generic_one_is_made(type_: Any, body: Any, value: Any) -> None:
    assert read(type_, body) == value


@pytest.mark.parametrize(
    ("type_", "body", "said"),
    [
        (
            Placed | Cancelled,
            {"event": "cancelled", "order_id": 7},
            (
                "the body: no Placed (order_id: 7 is not text; event: 'cancelled' is not one of 'placed'), "
                "no Cancelled (order_id: 7 is not text; reason: required, text)"
            ),
        ),
        (
            Shipment,
            {"about": {"order_id": 1}, "where": [1]},
            (
                "about: no Placed (about.order_id: 1 is not text), "
                "no Cancelled (about.order_id: 1 is not text; about.reason: required, text); "
                "where: [1] is not a list of 2 values"
            ),
        ),
        (Shipment, {"about": 7, "where": [1, "x"]}, "about: 7 is not an object or null; where[1]: 'x' is not a number"),
        (Page[int], {"items": ["x"]}, "items[0]: 'x' is not a whole number"),
        (Checked, {"count": 0}, "the body: ValueError"),
        (PydanticEvent, {"event": "placed"}, "placed.order_id: Field required"),
        (
            MsgspecPlaced | MsgspecCancelled,
            {"event": "cancelled", "cents": "x"},
            "reason: required; cents: Expected `int`, got `str`",
        ),
        (MsgspecPlaced | MsgspecCancelled, {"event": "lost"}, "the body: Invalid value 'lost' - at `$.event`"),
        (MsgspecPage[int], {"item": "x"}, "item: Expected `int`, got `str`"),
        (MsgspecPage[int], '{"item": "\\ud800"}', "item: 'utf-8' codec can't encode character '\\ud800'"),
    ],
)
def test_what_keeps_a_body_from_being_of_any_of_them_is_named(type_: Any, body: Any, said: str) -> None:
    assert problem(type_, body).startswith(said)


@pytest.mark.parametrize("type_", [Page, MsgspecPlaced | Untagged])
def test_kinds_that_cannot_be_told_are_refused_before_the_first_message(type_: Any) -> None:
    with pytest.raises(TypeError, match="a function of a body that can be read: "):
        parser_of(type_)


def test_models_of_two_libraries_are_no_body() -> None:
    assert parser_of(PydanticPlaced | MsgspecPlaced) is None


def test_what_is_said_of_a_parameter_keeps_it_from_nothing() -> None:
    def handle(
        placed: Annotated[Placed, "new"], outbox: Annotated[Outbox, "ours"], message: Annotated[Message, 1]
    ) -> None:
        seen.append((placed, type(outbox), type(message)))

    seen: list[Any] = []
    (outcome,) = run_handler(handle, '{"order_id": "o"}')
    assert (outcome.action, seen) == ("acknowledged", [(Placed("o"), Outbox, Message)])


def test_a_discriminator_of_a_handlers_parameter_counts() -> None:
    seen: list[Any] = []

    def handle(event: Annotated[PydanticPlaced | PydanticCancelled, pydantic.Field(discriminator="event")]) -> None:
        seen.append(event)

    handled, refused = run_handler(handle, '{"event": "placed", "order_id": "o"}', '{"event": "lost"}')
    assert (handled.action, seen) == ("acknowledged", [PydanticPlaced(event="placed", order_id="o")])
    assert (refused.action, "does not match any of the expected tags" in refused.reason) == ("rejected", True)


def test_decimal_numbers_keep_all_their_digits() -> None:
    read_sum = read(Sum, '{"total": 12345678901234567890.10, "share": 0.1, "whatever": [0.1]}')
    assert str(read_sum.total) == "12345678901234567890.10"
    assert (type(read_sum.share), json.dumps(read_sum.whatever)) == (float, "[0.1]")


def test_a_number_that_is_too_large_for_a_float_is_none() -> None:
    assert problem(Sum, '{"total": 1, "share": 1e400}') == "share: inf is not a number"
    assert read(Sum, '{"total": 1e400}').total == Decimal("1e400")


def test_a_type_of_a_new_name_is_read_as_what_it_stands_for() -> None:
    bill = read(Bill, '{"price": 0.10000000000000000000001, "order": {"order_id": "o-1"}}')
    assert bill == Bill(Price(Money(Decimal("0.10000000000000000000001"))), Order(Placed("o-1")))
