"""Finding the user's function, and saying what is wrong with it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import io
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from worker_runtime import Message, Reject, batch
from worker_runtime.errors import SettingsError
from worker_runtime.handler import Handler, load_handler
from worker_runtime.testing import run_handler

ALLOWED = "a function of a message, of its body, and of what @startup functions return: it takes"
MODULE = """
from worker_runtime import batch
NUMBER = 3
def one(message): ...
def two(message, other): ...
def none(): ...
async def later(message): ...
@batch(size=25)
def many(messages): ...
class Callable:
    def __call__(self, message): ...
    async def method(self, message): ...
thing = Callable()
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sample_handlers.py").write_text(MODULE)
    (tmp_path / "broken_handlers.py").write_text("import nothing_of_this_name")
    (tmp_path / "leaving_handlers.py").write_text("import sys; sys.exit(0)")
    (tmp_path / "odd_handlers.py").write_text("def __getattr__(name): raise SystemExit('no ' + name)")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "sample_handlers", raising=False)


@pytest.mark.parametrize(
    ("name", "is_async", "batch_size"),
    [("one", False, None), ("later", True, None), ("many", False, 25), ("thing", False, None)],
)
def test_describes_the_handler(name: str, is_async: bool, batch_size: int | None) -> None:
    handler = load_handler(f"sample_handlers.{name}")
    assert (handler.is_async, handler.batch_size) == (is_async, batch_size)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("sample_handlers.nothing", "is not a function that can be imported: 'sample_handlers' has no 'nothing'"),
        ("sample_handlers.NUMBER", "is not a function: it is of type int"),
        (
            "sample_handlers.two",
            f"is not {ALLOWED} (message, other)",
        ),
        (
            "sample_handlers.none",
            f"is not {ALLOWED} ()",
        ),
        (
            "missing_handlers.one",
            "is not a function that can be imported: ModuleNotFoundError: No module named 'missing_handlers'",
        ),
        (
            "broken_handlers.one",
            "is not a function that can be imported: ModuleNotFoundError: No module named 'nothing_of_this_name'",
        ),
        ("leaving_handlers.handle", "is not a function that can be imported: SystemExit: 0"),
        (
            "odd_handlers.handle",
            "is not a function that can be imported: SystemExit: no handle",
        ),
    ],
)
def test_says_what_is_wrong(path: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_handler(path)
    assert caught.value.problems == [f"WORKER_HANDLER: {path!r} {problem}"]


@pytest.mark.parametrize("size", [0, 1001, "3", 2.5, True])
def test_batch_size_has_a_range(size: Any) -> None:
    with pytest.raises(ValueError, match=f"size: {size!r} is not a whole number from 1 to 1000"):
        batch(size)


async def coroutine(_: Message) -> None:
    raise AssertionError("nobody awaits this")


def generator(_: Message) -> Iterator[None]:
    yield


@contextlib.contextmanager
def context_manager(_: Message) -> Iterator[None]:
    yield


def needs_parentheses() -> Callable[..., Any]:
    def decorated(function: Callable[[Message], None]) -> Callable[[Message], None]:
        return function

    return decorated


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (lambda message: coroutine(message), "a coroutine, which nobody runs: declare it `async def`, without yield"),
        (lambda message: generator(message), "a generator, which nobody runs: declare it `async def`, without yield"),
        (lambda message: map(print, message.body), "a map, which nobody runs: declare it `async def`, without yield"),
        (lambda _: concurrent.futures.Future(), "a Future, which nobody waits for: wait for its result"),
        (lambda _: needs_parentheses(), "a function, which nobody calls: a decorator may lack its parentheses"),
        (
            lambda message: partial(print, message),
            "a function, which nobody calls: a decorator may lack its parentheses",
        ),
        (context_manager, "a context manager, which nobody enters"),
    ],
)
def test_work_that_nobody_ran_is_no_success(function: Callable[[Message], Any], problem: str) -> None:
    (outcome,) = run_handler(function, "body")
    assert (outcome.action, outcome.reason) == ("retried", f"the handler returned {problem}")


@pytest.mark.parametrize(
    "result", [True, 0, "text", {"a": 1}, [1], b"", object(), io.StringIO(), Message("x"), iter([]), MagicMock()]
)
def test_what_a_handler_returns_otherwise_is_its_own(result: Any) -> None:
    assert run_handler(lambda _: result, "body")[0].action == "acknowledged"


async def async_generator(_: Message) -> AsyncIterator[None]:
    yield


class Making:
    """A class named in place of its object: a call makes one, and handles nothing."""

    def __init__(self, message: Message) -> None: ...


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (generator, "a function that does its work when it is called: it yields"),
        (async_generator, "a function that does its work when it is called: it yields"),
        (partial(generator), "a function that does its work when it is called: it yields"),
        (Making, "a function: it is a class, whose calls only make objects; name one of these, or a method"),
    ],
)
def test_what_would_do_nothing_is_no_handler(function: Callable[..., Any], problem: str) -> None:
    with pytest.raises(TypeError) as refused:
        Handler.of(function)
    assert str(refused.value) == problem


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (["m-1"], "a batch handler returns None or a mapping of ids, got list"),
        ({"o-7": Reject("no")}, "a batch handler returned ids that are not in its batch: ['o-7']"),
        (
            {"m-1": Reject},
            "a batch handler returns an exception for each message that failed, got <class 'worker_runtime.e",
        ),
    ],
)
def test_batch_result_in_doubt_fails_all(result: Any, problem: str) -> None:
    errors = Handler.of(batch()(lambda _: result)).errors(result, ["m-1", "m-2"])
    assert [type(error) for error in errors] == [TypeError, TypeError]
    assert problem in str(errors[0])


def test_a_batch_handler_takes_the_size_that_scaling_counts_on() -> None:
    assert load_handler("sample_handlers.many").with_batch_size(5).batch_size == 5


def test_a_size_for_a_handler_that_takes_one_message_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        load_handler("sample_handlers.one").with_batch_size(5)

    assert refused.value.problems == [
        "WORKER_BATCH_SIZE: 5 is for a handler that `@batch` declares, and this one is not"
    ]
