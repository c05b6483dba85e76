"""What runs before the first message and after the last, and what handlers get of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from worker_runtime.errors import SettingsError
from worker_runtime.handler import Handler, load_handler
from worker_runtime.testing import run_handler

MODULE = """
import asyncio
from worker_runtime import Message, batch, shutdown, startup

seen = []

class Pool:
    def __init__(self, name): self.name = name

class Orders:
    def __init__(self, pool): self.pool = pool

@startup
def say_hello() -> None: seen.append("hello")

@startup
def open_pool() -> Pool:
    seen.append("open")
    return Pool("real")

@startup
def orders_of(pool: Pool) -> Orders: return Orders(pool)

@shutdown
def close_pool(pool: Pool): seen.append(f"close {pool.name}")

@shutdown
def flush(orders: Orders): seen.append("flush")

@shutdown
def say_good_bye(): seen.append("good-bye")

def handle(message: Message, pool: Pool, *, orders: Orders):
    assert orders.pool is pool
    seen.append(f"{message.body} {pool.name}")

@batch(size=2)
def handle_batch(pool: Pool, messages: list[Message]):
    seen.append([pool.name, *(message.body for message in messages)])
"""
ASYNC_MODULE = """
import asyncio
from worker_runtime import Message, shutdown, startup

seen = []

class Loop:
    def __init__(self, loop): self.loop = loop

@startup
async def keep_loop() -> Loop:
    await asyncio.sleep(0)
    return Loop(asyncio.get_running_loop())

@startup
def plain_hook() -> int: return 7 if asyncio.get_running_loop() else 0

@shutdown
async def close(loop: Loop): seen.append(asyncio.get_running_loop() is loop.loop)

async def handle(message: Message, loop: Loop, number: int):
    seen.append((asyncio.get_running_loop() is loop.loop, number))

def handle_plain(message: Message): ...
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """Makes a module of a text, and imports it."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(name: str, text: str) -> Any:
        monkeypatch.delitem(sys.modules, name, raising=False)
        (tmp_path / f"{name}.py").write_text(text)
        return __import__(name)

    return make


def test_what_is_made_first_is_closed_last(load: Callable[[str, str], Any]) -> None:
    shop = load("hooked_shop", MODULE)
    outcomes = run_handler(shop.handle, "tea", "cup")
    assert [outcome.action for outcome in outcomes] == ["acknowledged"] * 2
    assert shop.seen == ["hello", "open", "tea real", "cup real", "good-bye", "flush", "close real"]


def test_a_batch_handler_gets_a_context_as_it_is(load: Callable[[str, str], Any]) -> None:
    shop = load("hooked_shop", MODULE)
    run_handler(shop.handle_batch, "a", "b", "c")
    assert [entry for entry in shop.seen if isinstance(entry, list)] == [["real", "a", "b"], ["real", "c"]]


def test_a_test_gives_its_own_context(load: Callable[[str, str], Any]) -> None:
    shop = load("hooked_shop", MODULE)
    run_handler(shop.handle, "tea", contexts={shop.Pool: shop.Pool("fake")})
    assert shop.seen == ["hello", "tea fake", "good-bye", "flush", "close fake"]


def test_hooks_of_async_handlers_run_on_their_loop(load: Callable[[str, str], Any]) -> None:
    shop = load("hooked_async_shop", ASYNC_MODULE)
    outcomes = run_handler(shop.handle, "tea", "cup")
    assert [outcome.action for outcome in outcomes] == ["acknowledged"] * 2
    assert shop.seen == [(True, 7), (True, 7), True]


def test_handlers_of_several_modules_share_the_hooks_that_both_import(load: Callable[[str, str], Any]) -> None:
    shop = load("hooked_shop", MODULE)
    load(
        "hooked_other",
        "from hooked_shop import Pool, open_pool\ndef handle(message, pool: Pool): seen.append(pool.name)",
    )
    first = load_handler("hooked_shop.handle")
    other = load_handler("hooked_other.handle", hooks=first.hooks)
    assert other.hooks is first.hooks
    other.hooks.start(lambda function: function())
    assert shop.seen == ["hello", "open"]


def test_a_module_without_hooks_has_none() -> None:
    assert not Handler.of(print).hooks
    assert not Handler.of(lambda _: None).hooks


def test_a_failing_end_is_told_and_keeps_no_other_from_running(load: Callable[[str, str], Any]) -> None:
    shop = load("hooked_shop", MODULE + "\n@shutdown\ndef fail(orders: Orders): raise RuntimeError('cannot flush')\n")
    with pytest.raises(RuntimeError, match="cannot flush"):
        run_handler(shop.handle, "tea")
    handler = Handler.of(shop.handle)
    handler.hooks.start(lambda function: function())
    shop.seen.clear()
    failed = list(handler.hooks.stop(lambda function: function()))
    assert [(name, str(error)) for name, error in failed] == [("fail", "cannot flush")]
    assert shop.seen == ["good-bye", "flush", "close real"]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            "@startup\nasync def later() -> int: ...",
            "is not an async handler, and its module's @startup function later is async",
        ),
        (
            "@shutdown\nasync def later(): ...",
            "is not an async handler, and its module's @shutdown function later is async",
        ),
        (
            "@startup\ndef second() -> Pool: ...",
            (
                "is not a function of a module whose hooks are in order: second is the second @startup function that "
                "returns Pool"
            ),
        ),
        (
            "@shutdown\ndef close(connection: bytes): ...",
            (
                "is not a function of a module whose hooks are in order: connection of close is of no type that a "
                "@startup function before it returns"
            ),
        ),
        (
            "@startup\ndef odd(pool) -> int: ...",
            (
                "is not a function of a module whose hooks are in order: pool of odd is of no type that a @startup "
                "function before it returns"
            ),
        ),
        (
            "@startup\ndef lost() -> 'Nowhere': ...",
            "is not a function of a module whose hooks' types are known: name 'Nowhere' is not defined",
        ),
    ],
)
def test_hooks_that_do_not_go_together_keep_the_worker_from_starting(
    load: Callable[[str, str], Any], more: str, problem: str
) -> None:
    load("hooked_shop", MODULE + "\n" + more)
    with pytest.raises(SettingsError) as refused:
        load_handler("hooked_shop.handle")
    assert refused.value.problems == [f"WORKER_HANDLER: 'hooked_shop.handle' {problem}"]
