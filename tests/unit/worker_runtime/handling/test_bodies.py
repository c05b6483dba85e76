"""A body that a handler declares by a type is parsed, and one that does not fit is rejected with every problem."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NewType
from uuid import UUID

import msgspec
import pydantic
import pytest

from worker_runtime import InvalidBody, Message
from worker_runtime.handling.bodies import parser_of

Sku = NewType("Sku", str)


class Channel(Enum):
    WEB = "web"
    SHOP = "shop"


@dataclass
class Line:
    sku: Sku
    quantity: int
    price: Decimal = Decimal(0)


@dataclass
class Order:
    order_id: str
    lines: list[Line]
    channel: Channel = Channel.WEB
    note: str | None = None
    gift: bool = False
    tags: set[str] = field(default_factory=set)
    parent: Order | None = None
    total: float = field(init=False, default=0)

    def __post_init__(self) -> None:
        if not self.order_id:
            raise ValueError("an order needs an id")


@dataclass
class Everything:
    at: datetime
    day: date
    hour: time
    id: UUID
    kind: Literal["a", 1]
    share: float
    prices: dict[str, Decimal]
    pair: tuple[int, ...]
    either: int | str
    whatever: Any
    name: Annotated[str, "a comment"]


def read(type_: type, body: Any) -> Any:
    parse = parser_of(type_)
    assert parse is not None
    return parse(Message(body if isinstance(body, str) else json.dumps(body)))


def problems(type_: type, body: Any) -> list[str]:
    with pytest.raises(InvalidBody) as refused:
        read(type_, body)
    return refused.value.reason.split("; ")


def test_a_dataclass_is_made_with_what_is_in_it() -> None:
    body = {
        "order_id": "o-1",
        "lines": [{"sku": "tea", "quantity": 2, "price": 3.5}, {"sku": "cup", "quantity": 1}],
        "channel": "shop",
        "tags": ["new", "new"],
        "parent": {"order_id": "o-0", "lines": []},
        "added by a newer publisher": True,
    }
    assert read(Order, body) == Order(
        order_id="o-1",
        lines=[Line(Sku("tea"), 2, Decimal("3.5")), Line(Sku("cup"), 1)],
        channel=Channel.SHOP,
        tags={"new"},
        parent=Order("o-0", []),
    )


def test_types_of_python_are_read_from_what_json_has() -> None:
    body = {
        "at": "2026-11-30T12:00:00Z",
        "day": "2026-11-30",
        "hour": "12:30:00",
        "id": "12345678-1234-5678-1234-567812345678",
        "kind": 1,
        "share": 1,
        "prices": {"tea": "3.50"},
        "pair": [1, 2],
        "either": "x",
        "whatever": {"a": [None]},
        "name": "Ada",
    }
    assert read(Everything, body) == Everything(
        datetime(2026, 11, 30, 12, tzinfo=UTC),
        date(2026, 11, 30),
        time(12, 30),
        UUID("12345678-1234-5678-1234-567812345678"),
        1,
        1.0,
        {"tea": Decimal("3.50")},
        (1, 2),
        "x",
        {"a": [None]},
        "Ada",
    )


def test_every_problem_is_named_with_its_place() -> None:
    body = {
        "lines": [{"sku": 7, "quantity": "two"}, "tea", {"sku": "cup", "quantity": True}],
        "channel": "post",
        "note": 5,
        "gift": "yes",
        "parent": {"order_id": "o-0"},
    }
    assert problems(Order, body) == [
        "order_id: required, text",
        "lines[0].sku: 7 is not text",
        "lines[0].quantity: 'two' is not a whole number",
        "lines[1]: 'tea' is not an object",
        "lines[2].quantity: True is not a whole number",
        "channel: 'post' is not one of 'web', 'shop'",
        "note: 5 is not text",
        "gift: 'yes' is not true or false",
        "parent.lines: required, a list",
    ]


def test_values_of_another_type_are_not_taken_for_it() -> None:
    body = {
        "at": 1,
        "day": "30.11.2026",
        "hour": "noon",
        "id": "x",
        "kind": True,
        "share": "1",
        "prices": {"tea": "NaN", "cup": True},
        "pair": {"0": 1},
        "either": None,
        "whatever": None,
        "name": None,
    }
    assert problems(Everything, body) == [
        "at: 1 is not a time such as 2026-11-30T12:00:00Z",
        "day: '30.11.2026' is not a date such as 2026-11-30",
        "hour: 'noon' is not a time of day such as 12:00:00",
        "id: 'x' is not a UUID",
        "kind: True is not one of 'a', 1",
        "share: '1' is not a number",
        "prices.tea: 'NaN' is not a decimal number",
        "prices.cup: True is not a decimal number",
        "pair: {'0': 1} is not a list",
        "either: None is not a whole number or text",
        "name: None is not text",
    ]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ([1], "the body: [1] is not an object"),
        ("{", "the body is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ({"order_id": "", "lines": []}, "the body: an order needs an id"),
        ({"order_id": "x", "lines": "y" * 500}, f"lines: '{'y' * 99}... is not a list"),
    ],
    ids=["list", "no JSON", "what __post_init__ says", "long"],
)
def test_a_body_that_is_no_such_object_is_rejected(body: Any, problem: str) -> None:
    assert problems(Order, body) == [problem]


def test_a_dataclass_that_cannot_be_read_from_json_is_refused_before_the_first_message() -> None:
    @dataclass
    class Odd:
        lines: list[Unreadable]

    @dataclass
    class Unreadable:
        value: complex

    with pytest.raises(
        TypeError, match=r": Odd.lines: Unreadable.value: complex is no type that JSON can be read into"
    ):
        parser_of(_with_hints(Odd, Unreadable=Unreadable))


def _with_hints(type_: type, **names: Any) -> type:
    """The types of a function's own classes cannot be found by name."""
    type_.__annotations__ = {name: eval(hint, globals() | names) for name, hint in type_.__annotations__.items()}  # noqa: S307
    return type_


class PydanticLine(pydantic.BaseModel):
    sku: str
    quantity: int = pydantic.Field(ge=1)


class PydanticOrder(pydantic.BaseModel):
    order_id: str
    lines: list[PydanticLine]


class MsgspecLine(msgspec.Struct):
    sku: str
    quantity: int


class MsgspecOrder(msgspec.Struct, rename="camel"):
    order_id: str
    lines: list[MsgspecLine]
    note: str = ""


def test_a_model_of_pydantic_is_made_and_its_problems_named() -> None:
    order = read(PydanticOrder, {"order_id": "o-1", "lines": [{"sku": "tea", "quantity": 2}]})
    assert order == PydanticOrder(order_id="o-1", lines=[PydanticLine(sku="tea", quantity=2)])
    assert problems(PydanticOrder, {"lines": [{"sku": "tea", "quantity": 0}]}) == [
        "order_id: Field required",
        "lines[0].quantity: Input should be greater than or equal to 1",
    ]
    assert problems(PydanticOrder, "{")[0].startswith("the body: Invalid JSON: ")


def test_a_model_of_msgspec_is_made_and_its_problems_named() -> None:
    order = read(MsgspecOrder, {"orderId": "o-1", "lines": [{"sku": "tea", "quantity": 2}]})
    assert order == MsgspecOrder("o-1", [MsgspecLine("tea", 2)])
    assert problems(MsgspecOrder, {"lines": [{"sku": "tea", "quantity": "two"}], "note": 1}) == [
        "orderId: required",
        "lines: Expected `int`, got `str` - at `$[0].quantity`",
        "note: Expected `str`, got `int`",
    ]
    assert problems(MsgspecOrder, "{")[0].startswith("the body is not JSON: ")
    assert problems(MsgspecOrder, [1]) == ["the body: Expected `object`, got `array`"]


@pytest.mark.parametrize("type_", [Message, str, list[Order], "Order", None, Order | int])
def test_other_types_are_no_bodies(type_: Any) -> None:
    assert parser_of(type_) is None
