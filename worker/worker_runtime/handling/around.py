"""Puts steps around the calls of a handler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from worker_runtime.handling.steps import (
    Called,
    Errors,
    Step,
    argument_of,
    end_of,
    errors_of,
    fatal_of,
    ids_of,
    messages_of,
    result_of,
)


def around(handler: Called, step: Step) -> Callable[..., Any]:
    """The handler's function with a step around it."""
    if not handler.is_async:
        return _call(handler, step)
    # asyncio takes a while to import, and most handlers are plain.
    from worker_runtime.handling.async_steps import async_call  # noqa: PLC0415

    return async_call(handler, step)


def _call(handler: Called, step: Step) -> Callable[..., Any]:
    def call(argument: Any) -> Any:
        messages, ids = messages_of(handler, argument)
        run = step.run(messages)
        given = next(run)
        fatal = None
        errors: Errors
        try:
            given_ids = ids_of(given)
            result = handler.function(argument_of(handler, given)) if given else None
            errors = errors_of(handler, result, given, given_ids) if given else []
        except BaseException as error:
            errors = [error] * len(given)
            fatal = fatal_of(error)
        return result_of(handler, messages, ids, end_of(run, errors), fatal)

    return call
