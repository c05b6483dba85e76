"""The user's function: what it is, and how it is found."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from types import GeneratorType
from typing import Any, TypeVar

from worker_runtime.errors import SettingsError, text_of
from worker_runtime.handling.arguments import called_by_types, wants
from worker_runtime.handling.around import around
from worker_runtime.handling.declarations import declaration, set_declaration
from worker_runtime.handling.function_kind import kind_of
from worker_runtime.handling.hooks import Hooks
from worker_runtime.handling.outbox import OUTBOX, outbox_of
from worker_runtime.handling.steps import Step, declared
from worker_runtime.publishing.publish import Outbox

_BATCH_SIZE = "_worker_batch_size"
#: Not every iterator: a database's cursor is one, and has done its work.
_LAZY = (GeneratorType, map, filter)
#: What most handlers return, if anything: to look at that as at all else would cost each message two microseconds.
_DATA = (bool, int, float, str, bytes, dict, list, tuple)
_Function = TypeVar("_Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Handler:
    """A handler and how it wants to be called."""

    function: Callable[..., Any]
    is_async: bool
    """It is a coroutine function: it runs on the event loop rather than in a thread."""
    batch_size: int | None
    """Messages that it takes at once, as a list; None where it takes one message."""
    hooks: Hooks = field(default_factory=Hooks)
    """What its module has declared to run before the first message and after the last."""

    def errors(self, result: Any, ids: Sequence[str]) -> list[BaseException | None]:
        """What the handler's result says of each message, by its id: its exception, or None where it succeeded.

        A result that leaves in doubt what was done fails all messages.
        """
        if result is None:
            return [None] * len(ids)
        problem = _work_left(result)
        if problem is None and self.batch_size is not None:
            problem = _wrong_failures(result, ids)
        if problem is not None:
            return [TypeError(problem)] * len(ids)
        if self.batch_size is None:
            return [None]
        return [result.get(id_) for id_ in ids]

    def with_batch_size(self, size: int) -> Handler:
        """The handler with the size that scaling counts on. Raises SettingsError where it takes no batches."""
        if self.batch_size is None:
            raise SettingsError(
                [f"WORKER_BATCH_SIZE: {size} is for a handler that `@batch` declares, and this one is not"]
            )
        return replace(self, batch_size=size)

    @classmethod
    def of(cls, function: Callable[..., Any], hooks: Hooks | None = None) -> Handler:
        """Describe a function; `hooks` are those of the process's other handlers. Raises TypeError, which says what a
        handler is, where it is none."""
        if isinstance(function, type):
            raise TypeError("a function: it is a class, whose calls only make objects; name one of these, or a method")
        is_async, yields = kind_of(function)
        if yields:
            raise TypeError("a function that does its work when it is called: it yields")
        batch_size = declaration(function, _BATCH_SIZE, None)
        hooks = Hooks() if hooks is None else hooks
        shared = {Outbox: outbox_of, **hooks.add(_namespace(function), is_async=is_async)}
        called = called_by_types(function, is_async=is_async, takes_lists=batch_size is not None, shared=shared)
        handler = cls(called, is_async, batch_size, hooks)
        steps = declared(function)
        for step in (OUTBOX, *steps) if wants(function, Outbox) else steps:
            handler = handler.within(step)
        return handler

    def within(self, step: Step) -> Handler:
        """The handler with a step around its calls."""
        if step.prove is not None:
            self.hooks.prove_first(step.prove)
        return replace(self, function=around(self, step))


def _namespace(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The names of the module that a function is of."""
    while isinstance(function, partial):
        function = function.func
    return vars(sys.modules.get(getattr(function, "__module__", None) or "", sys))


def _work_left(result: Any) -> str | None:
    """Say where the function only made something that nobody has run, or waits for: then nothing was done."""
    if type(result) in _DATA:
        return None
    if inspect.iscoroutine(result):
        result.close()  # or Python warns that it was never awaited
    elif inspect.isroutine(result) or isinstance(result, partial):
        return "the handler returned a function, which nobody calls: a decorator may lack its parentheses"
    elif hasattr(type(result), "add_done_callback"):  # futures of all kinds; an object may answer to any name
        return f"the handler returned a {type(result).__name__}, which nobody waits for: wait for its result"
    elif isinstance(result, AbstractContextManager) and inspect.isgenerator(getattr(result, "gen", None)):
        return "the handler returned a context manager, which nobody enters"
    elif not (inspect.isawaitable(result) or inspect.isasyncgen(result) or isinstance(result, _LAZY)):
        return None
    return f"the handler returned a {type(result).__name__}, which nobody runs: declare it `async def`, without yield"


def _wrong_failures(result: Any, ids: Sequence[str]) -> str | None:
    """Say what is wrong with what a batch handler returned."""
    if not isinstance(result, Mapping):
        return f"a batch handler returns None or a mapping of ids, got {type(result).__name__}"
    unknown = set(result).difference(ids)
    if unknown:
        return f"a batch handler returned ids that are not in its batch: {sorted(map(str, unknown))}"
    wrong = [value for value in result.values() if not (value is None or isinstance(value, BaseException))]
    if wrong:
        return f"a batch handler returns an exception for each message that failed, got {wrong[0]!r}"
    return None


def batch(size: int = 10) -> Callable[[_Function], _Function]:
    """Declare that a handler takes a list of up to `size` messages (1 to 1,000).

    It returns None where all succeeded, or a mapping from the id of each message that failed to its exception
    (`Retry` and `Reject` decide as usual). If it raises, or returns something else, all of them have failed.
    """
    if type(size) is not int or not 1 <= size <= 1_000:
        raise ValueError(f"size: {size!r} is not a whole number from 1 to 1000")

    def declared_with(function: _Function) -> _Function:
        set_declaration(function, _BATCH_SIZE, size)
        return function

    return declared_with


def load_handler(path: str, setting: str = "WORKER_HANDLER", hooks: Hooks | None = None) -> Handler:
    """Import the handler named `package.module.function`. Raises SettingsError saying what is wrong with
    it; `setting` is what names it, and `hooks` are those of the process's other handlers."""
    module_name, _, name = path.rpartition(".")
    try:
        module = importlib.import_module(module_name)
        function = getattr(module, name, None)
    except BaseException as error:  # whatever the user's module raises is the answer to give, even SystemExit
        reason = f"{type(error).__name__}: {text_of(error)}"
        raise _refused(setting, path, f"a function that can be imported: {reason}") from error
    if function is None:
        raise _refused(setting, path, f"a function that can be imported: {module_name!r} has no {name!r}")
    if not callable(function):
        raise _refused(setting, path, f"a function: it is of type {type(function).__name__}")
    try:
        handler = Handler.of(function, hooks)
        for step in declared(function):
            step.check()
    except TypeError as error:
        raise _refused(setting, path, str(error)) from error
    return handler


def _refused(setting: str, path: str, allowed: str) -> SettingsError:
    return SettingsError([f"{setting}: {path!r} is not {allowed}"])
