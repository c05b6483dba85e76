"""What may be wrong with how `once` is declared."""

from __future__ import annotations

from typing import Any

from worker_runtime.handling.function_kind import kind_of

_STORE_METHODS = ("claim", "finish", "release")
_REMEMBER_MOST_SECONDS = 31_536_000
_WAIT_MOST_SECONDS = 3_600


def problems(store: Any, key: Any, remember_seconds: Any, wait_seconds: Any, again: Any) -> list[str]:
    """Every problem of the options, as `once` describes them."""
    found = []
    if isinstance(store, type) or not all(callable(getattr(store, method, None)) for method in _STORE_METHODS):
        found.append(f"store: {store!r} is not a store of claim, finish and release, such as DynamoDBStore()")
    if not (key is None or (isinstance(key, str) and key) or _is_plain_function(key)):
        found.append(f"key: {key!r} is not the name of a message attribute, or a plain function of a message")
    if not (again is None or _is_plain_function(again)):
        found.append(f"again: {again!r} is not a plain function of a message and a result")
    return found + [
        f"{name}: {value!r} is not a number of seconds from {least} to {most}"
        for name, value, least, most in (
            ("remember_seconds", remember_seconds, 1, _REMEMBER_MOST_SECONDS),
            ("wait_seconds", wait_seconds, 0, _WAIT_MOST_SECONDS),
        )
        if type(value) not in (int, float) or not least <= value <= most
    ]


def _is_plain_function(given: Any) -> bool:
    """A call of it does all of its work: no coroutine or generator is left of it that nobody runs."""
    return callable(given) and not any(kind_of(given))
