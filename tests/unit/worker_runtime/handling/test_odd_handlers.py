"""Handlers as people write them: partials, objects, decorated ones, and bodies of other types than dataclasses."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field
from enum import Enum, IntEnum
from typing import Annotated, Any, NotRequired, Optional, Protocol, TypedDict

import pytest

from worker_runtime import Message, batch
from worker_runtime.handler import Handler
from worker_runtime.testing import run_handler


class Line(TypedDict):
    sku: str
    quantity: NotRequired[int]


class Order(TypedDict, total=False):
    lines: list[Line]


@dataclass
class Paid:
    cents: int


@dataclass
class Unpaid:
    due: str


class Bodied(Protocol):
    body: str


def of_typed_dict(line: Line) -> Any:
    return line


def of_nested(order: Order) -> Any:
    return order


def of_dict(body: dict[str, int]) -> Any:
    return body


def of_mapping(body: Mapping[str, Any], message: Message) -> Any:
    return [body, message.id]


def of_union(invoice: Paid | Unpaid) -> Any:
    return repr(invoice)


def of_optional(invoice: Optional[Paid]) -> Any:  # noqa: UP045 - as people write it
    return repr(invoice)


def of_annotated(invoice: Annotated[Paid, "said"]) -> Any:
    return repr(invoice)


@pytest.mark.parametrize(
    ("handler", "body", "result"),
    [
        (of_typed_dict, '{"sku": "tea", "more": 1}', {"sku": "tea"}),
        (of_nested, '{"lines": [{"sku": "tea", "quantity": 2}]}', {"lines": [{"sku": "tea", "quantity": 2}]}),
        (of_nested, "{}", {}),
        (of_dict, '{"a": 1}', {"a": 1}),
        (of_mapping, '{"a": [1]}', [{"a": [1]}, "message-1"]),
        (of_union, '{"due": "today"}', "Unpaid(due='today')"),
        (of_optional, "null", "None"),
        (of_optional, '{"cents": 5}', "Paid(cents=5)"),
        (of_annotated, '{"cents": 5}', "Paid(cents=5)"),
    ],
)
def test_a_body_is_what_the_handler_declares(handler: Callable[..., Any], body: str, result: Any) -> None:
    assert run_handler(handler, body)[0].result == result


@pytest.mark.parametrize(
    ("handler", "body", "reason"),
    [
        (of_typed_dict, '{"quantity": "2"}', "sku: required, text; quantity: '2' is not a whole number"),
        (of_nested, '{"lines": [{}]}', "lines[0].sku: required, text"),
        (of_dict, '{"a": "1"}', "a: '1' is not a whole number"),
        (of_union, '{"c": 1}', "the body: no Paid (cents: required, a whole number), no Unpaid (due: required, text)"),
        (of_dict, "[]", "the body: [] is not an object"),
    ],
)
def test_a_body_that_is_none_is_rejected(handler: Callable[..., Any], body: str, reason: str) -> None:
    (outcome,) = run_handler(handler, body)
    assert (outcome.action, outcome.reason) == ("rejected", reason)


def of_message(message: Message) -> Any:
    return message.body


def of_optional_message(message: Message | None) -> Any:
    return message and message.body


def of_annotated_message(message: Annotated[Message, 1]) -> Any:
    return message.body


def of_protocol(message: Bodied) -> Any:
    return message.body


class Counting:
    def __call__(self, message: Message) -> Any:
        return message.body

    def method(self, message: Message) -> Any:
        return message.body


class CountingLater:
    async def __call__(self, prefix: str, message: Message) -> Any:
        return message.body.removeprefix(prefix)


def with_more(prefix: str, message: Message) -> Any:
    return message.body.removeprefix(prefix)


@functools.wraps(of_message)
def wrapped(*arguments: Any, **by_name: Any) -> Any:
    return of_message(*arguments, **by_name)


@pytest.mark.parametrize(
    "handler",
    [
        of_message,
        of_optional_message,
        of_annotated_message,
        of_protocol,
        Counting(),
        Counting().method,
        functools.partial(with_more, ""),
        functools.partial(CountingLater(), ""),
        wrapped,
        lambda anything: anything.body,
    ],
)
def test_whatever_can_be_called_with_a_message_is_a_handler(handler: Callable[..., Any]) -> None:
    assert run_handler(handler, "text")[0].result == "text"


def of_text(body: str) -> None: ...


def of_list(messages: list[Message]) -> None: ...


def of_orders(orders: Sequence[Paid]) -> None: ...


def of_mixed(body: Paid | int) -> None: ...


@batch()
def one_of_a_batch(message: Message) -> None: ...


@batch()
def texts_of_a_batch(bodies: list[str]) -> None: ...


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (of_text, "; str is none of these (bodies are dataclasses, TypedDicts, dict, and models)"),
        (of_mixed, f"; {Paid | int} is none of these (bodies are dataclasses, TypedDicts, dict, and models)"),
        (of_list, f"; {list[Message]} needs @batch"),
        (of_orders, f"; {Sequence[Paid]} needs @batch"),
        (one_of_a_batch, "; with @batch it takes lists, and Message is none of messages or bodies"),
        (texts_of_a_batch, f"; with @batch it takes lists, and {list[str]} is none of messages or bodies"),
    ],
)
def test_a_type_that_no_message_or_body_is_of_is_refused_at_the_start(
    function: Callable[..., Any], advice: str
) -> None:
    with pytest.raises(TypeError, match="a function of a message, of its body") as refused:
        Handler.of(function)
    assert str(refused.value).endswith(advice)


class Size(IntEnum):
    SMALL = 1


class Colour(Enum):
    RED = "red"

    @classmethod
    def _missing_(cls, value: Any) -> Any:
        return cls(value.lower()) if value != value.lower() else None


class Share(Enum):
    HALF = 0.5
    WHOLE = 1.0


class Answer(Enum):
    YES = True
    LATER = "later"

    @classmethod
    def _missing_(cls, value: Any) -> Any:
        return cls.LATER if value == 0 else None


@dataclass
class Voted:
    share: Share
    answer: Answer


def of_voted(voted: Voted) -> Any:
    return [voted.share.value, voted.answer.value]


def test_numbers_of_an_enum_are_those_of_json() -> None:
    """Publishers write 1.0 as 1."""
    outcomes = run_handler(of_voted, '{"share": 1, "answer": true}', '{"share": 0.5, "answer": 0}')
    assert [outcome.result for outcome in outcomes] == [[1.0, True], [0.5, "later"]]
    (outcome,) = run_handler(of_voted, '{"share": true, "answer": 1}')
    assert outcome.reason == "share: True is not one of 0.5, 1.0; answer: 1 is not one of True, 'later'"


@dataclass
class Item:
    size: Size = Size.SMALL
    colour: Colour = Colour.RED
    secret: InitVar[int] = 0
    more: list[Item | None] = field(default_factory=list)
    made: int = field(init=False, default=0)

    def __post_init__(self, secret: int) -> None:
        if secret >= 10:
            raise AssertionError("the secret is too large")  # as an assert's: pytest would add to that
        self.made = secret


def of_item(item: Item) -> Any:
    return [item.size.value, item.colour.value, item.made]


def test_what_a_dataclass_is_made_of_is_read() -> None:
    outcomes = run_handler(of_item, '{"secret": 3, "colour": "RED", "made": 7}', '{"secret": 10}')
    assert outcomes[0].result == [1, "red", 3]
    assert (outcomes[1].action, outcomes[1].reason) == ("rejected", "the body: the secret is too large")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"size": true}', "size: True is not one of 1"),
        ('{"size": 1.0}', "size: 1.0 is not one of 1"),
        ('{"colour": 7}', "colour: 7 is not one of 'red'"),
        # How deep that is differs among Pythons, and whether JSON's reader or ours sees it first.
        *[('{"more": [' * depth + "]}" * depth, "the body: it is nested too deeply") for depth in (2_000, 200_000)],
    ],
)
def test_what_is_no_such_value_is_rejected(body: str, reason: str) -> None:
    (outcome,) = run_handler(of_item, body)
    assert (outcome.action, outcome.reason) == ("rejected", reason)
