"""What a call of a function leaves to be done."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple


class FunctionKind(NamedTuple):
    """Of a plain function both are False: its call does all of its work."""

    is_async: bool
    """It makes a coroutine."""
    yields: bool
    """It makes a generator, async or not."""


def kind_of(function: Callable[..., Any]) -> FunctionKind:
    """The kind of a function, of the one that a partial is of, or of an object's `__call__`."""
    while isinstance(function, partial):
        function = function.func
    called = (function, getattr(function, "__call__", None))  # noqa: B004
    return FunctionKind(
        is_async=any(inspect.iscoroutinefunction(each) for each in called),
        yields=any(inspect.isgeneratorfunction(each) or inspect.isasyncgenfunction(each) for each in called),
    )
