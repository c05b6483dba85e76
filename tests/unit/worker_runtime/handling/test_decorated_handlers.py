"""What decorators declare, on whatever people put them: partials, objects, methods, and in any order."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from worker_runtime import Message, SQLiteStore, batch, once, retry_policy, shutdown, startup
from worker_runtime.testing import run_handler


class Counting:
    def method(self, message: Message) -> Any:
        return message.body


def of_message(message: Message) -> Any:
    return message.body


def with_more(prefix: str, message: Message) -> Any:
    return message.body.removeprefix(prefix)


def test_what_decorators_declare_counts_for_partials_and_objects(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "once.sqlite")
    seen: list[Any] = []

    class Shop:
        @once(store)
        def __call__(self, message: Message) -> None:
            seen.append(message.id)

        @once(store)
        def method(self, message: Message) -> None:
            seen.append(message.id)

    @once(store)
    def plain(prefix: str, message: Message) -> None:
        seen.append(message.id)

    @batch(size=2)
    def lists(prefix: str, messages: list[Message]) -> None:
        seen.append(len(messages))

    handlers = (
        Shop(),
        Shop().method,
        functools.partial(plain, ""),
        once(store)(functools.partial(with_more, "")),
    )
    for handler in handlers:
        outcomes = run_handler(handler, "a", Message("a", id="message-1"))
        assert [outcome.action for outcome in outcomes] == ["acknowledged"] * 2
    run_handler(functools.partial(lists, ""), "a", "b")
    assert seen == ["message-1"] * 3 + [2]
    store.connection.close()


def test_decorators_stack_in_any_order(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "once.sqlite")
    policy, remembered, lists = retry_policy(reject_on=(KeyError,)), once(store), batch(size=2)
    for index, order in enumerate(
        [(policy, remembered, lists), (lists, policy, remembered), (remembered, lists, policy)]
    ):

        def handle(messages: list[Message]) -> dict[str, Exception]:
            return {message.id: KeyError("sku") for message in messages if message.body == "bad"}

        handle.__qualname__ = f"handle_{index}"
        function: Any = handle
        for decorate in order:
            function = decorate(function)
        for _ in range(2):
            outcomes = run_handler(function, "good", "bad")
            assert [outcome.action for outcome in outcomes] == ["acknowledged", "rejected"]
    store.connection.close()


def test_once_is_declared_once(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "once.sqlite")
    with pytest.raises(
        ValueError, match=r"^once: .*\.of_message has one already, which would wait for this one's lock$"
    ):
        once(store)(once(store)(functools.partial(of_message)))


def test_a_bound_method_cannot_be_decorated() -> None:
    with pytest.raises(TypeError, match="cannot be decorated: decorate the function that it is of"):
        batch(size=2)(Counting().method)


@pytest.mark.parametrize("declare", [startup, shutdown])
def test_a_hook_is_a_function_of_a_module(declare: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="is not a function of a module"):

        class Pool:
            @declare
            def open(self) -> None: ...

    with pytest.raises(TypeError, match=r"is not a function of a module"):
        declare(Counting().method)
    with pytest.raises(TypeError, match="yields: return, and close by @shutdown"):

        @declare
        def pool() -> Any:
            yield 1
