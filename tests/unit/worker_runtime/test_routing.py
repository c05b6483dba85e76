"""Which handler a message goes to."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from worker_runtime import Message, Reject, batch
from worker_runtime.errors import SettingsError
from worker_runtime.handler import Handler
from worker_runtime.queue_settings import QueueSettings
from worker_runtime.routing import load_handlers

SALES = "arn:aws:sns:eu-west-1:123456789012:sales"
AUDIT = "arn:aws:sns:eu-west-1:123456789012:audit.fifo"
OTHER = "arn:aws:sns:eu-west-1:123456789012:other"


def handle(message: Message) -> str:
    return f"queue: {message.body}"


def sales(message: Message) -> str:
    return f"sales: {message.body}"


async def handle_async(message: Message) -> str:
    return f"queue: {message.body}"


async def sales_async(message: Message) -> str:
    return f"sales: {message.body}"


@batch(5)
def handle_list(messages: list[Message]) -> dict[str, BaseException]:
    return {message.id: ValueError(message.body) for message in messages if message.body == "bad"}


@batch(5)
async def handle_list_async(messages: list[Message]) -> dict[str, BaseException]:
    return handle_list(messages)


@pytest.fixture(autouse=True)
def shop() -> Iterator[None]:
    module: Any = ModuleType("shop")
    module.handle, module.sales, module.sales_async, module.handle_list = handle, sales, sales_async, handle_list
    module.constant = 7
    sys.modules["shop"] = module
    yield
    del sys.modules["shop"]


def routes(topics: dict[str, str | None], default: Any = handle, *, only: bool = False) -> Handler:
    [handler] = load_handlers([queue(topics=topics, subscribed_topics_only=only)], Handler.of(default))
    return handler


def queue(key: str = "main", **more: Any) -> QueueSettings:
    return QueueSettings(key=key, uri=f"https://sqs.eu-west-1.amazonaws.com/123456789012/{key}", **more)


def test_a_topic_has_its_handler_and_all_else_the_queues() -> None:
    handler = routes({SALES: "shop.sales", AUDIT: None})

    assert handler.function(Message("a", topic=SALES)) == "sales: a"
    assert handler.function(Message("a", topic=AUDIT)) == "queue: a"
    assert handler.function(Message("a", topic=OTHER)) == "queue: a"
    assert handler.function(Message("a")) == "queue: a"


def test_async_handlers_take_turns_too() -> None:
    handler = routes({SALES: "shop.sales_async"}, handle_async)

    assert handler.is_async
    assert asyncio.run(handler.function(Message("a", topic=SALES))) == "sales: a"
    assert asyncio.run(handler.function(Message("a"))) == "queue: a"


def test_without_routes_the_handler_is_the_one_that_it_was() -> None:
    default = Handler.of(handle)

    assert load_handlers([queue(), queue("bulk", topics={SALES: None})], default) == [default, default]


def test_a_queue_has_a_handler_of_its_own() -> None:
    main, bulk, lists = load_handlers(
        [
            queue(),
            queue("bulk", handler="shop.sales", topics={SALES: None, AUDIT: "shop.handle"}),
            queue("lists", handler="shop.handle_list"),
        ],
        Handler.of(handle),
    )

    assert main.function(Message("a", topic=SALES)) == "queue: a"
    assert bulk.function(Message("a", topic=SALES)) == bulk.function(Message("a")) == "sales: a"
    assert bulk.function(Message("a", topic=AUDIT)) == "queue: a"
    assert lists.batch_size == 5


def test_a_notification_of_a_stranger_is_rejected_and_what_is_none_is_handled() -> None:
    handler = routes({SALES: None}, only=True)

    assert handler.function(Message("a", topic=SALES)) == handler.function(Message("a")) == "queue: a"
    with pytest.raises(Reject, match="other is no topic that the queue is subscribed to"):
        handler.function(Message("a", topic=OTHER))


@pytest.mark.parametrize("default", [handle_list, handle_list_async])
def test_of_a_list_strangers_alone_are_rejected(default: Any) -> None:
    handler = routes({SALES: None}, default, only=True)
    messages = [Message("good", id="1", topic=SALES), Message("bad", id="2"), Message("good", id="3", topic=OTHER)]
    result = handler.function(messages)
    errors = handler.errors(asyncio.run(result) if handler.is_async else result, ["1", "2", "3"])

    assert handler.batch_size == 5
    assert [type(error) for error in errors] == [type(None), ValueError, Reject]


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        routes({SALES: "shop.nothing", AUDIT: "shop.constant", OTHER: "shop.sales_async"})

    nothing, constant, other = refused.value.problems
    name = "WORKER_QUEUES.main.topics."
    assert nothing == f"{name}{SALES}: 'shop.nothing' is not a function that can be imported: 'shop' has no 'nothing'"
    assert constant == f"{name}{AUDIT}: 'shop.constant' is not a function: it is of type int"
    assert other == (
        f"{name}{OTHER}: 'shop.sales_async' cannot share the process: handlers are all plain or all async, and "
        "WORKER_HANDLER is of the other kind"
    )


def test_every_problem_of_all_queues_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        load_handlers(
            [
                queue(topics={SALES: "shop.constant"}),
                queue("bulk", handler="shop.sales_async"),
                queue("b", handler="shop.x"),
            ],
            Handler.of(handle),
        )

    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "WORKER_QUEUES.main.topics.arn",
        "WORKER_QUEUES.bulk.handler",
        "WORKER_QUEUES.b.handler",
    ]


def test_handlers_of_lists_do_not_take_turns() -> None:
    with pytest.raises(SettingsError, match="one of these takes lists"):
        routes({SALES: "shop.handle_list"})
    with pytest.raises(SettingsError, match="one of these takes lists"):
        routes({SALES: "shop.sales"}, handle_list)
