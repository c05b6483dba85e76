"""What decorators leave on a handler, to be found when it is loaded."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any


def declaration(function: Callable[..., Any], name: str, default: Any) -> Any:
    """What a decorator has left on a function, or on the one that a partial is of, or on an object's `__call__`."""
    while not hasattr(function, name):
        if isinstance(function, partial):
            function = function.func
        elif inspect.isroutine(function):
            return default
        else:
            function = type(function).__call__
    return getattr(function, name)


def set_declaration(function: Callable[..., Any], name: str, value: Any) -> None:
    """Leave something on a function. Raises TypeError where it takes nothing."""
    try:
        setattr(function, name, value)
    except AttributeError:
        raise TypeError(f"{function!r} cannot be decorated: decorate the function that it is of") from None


def name_of(function: Callable[..., Any]) -> str:
    """The dotted name of a function, of the one that a partial is of, or of an object's class."""
    while isinstance(function, partial):
        function = function.func
    named = function if hasattr(function, "__qualname__") else type(function)
    return f"{named.__module__}.{named.__qualname__}"
