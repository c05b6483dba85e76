"""Steps around the calls of an async handler: those that may wait do so in threads of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
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
from worker_runtime.message import Message

#: Not the loop's own, which are the handlers': more, for they only wait. What begins may wait for another call's end
#: (`once`), which must find a thread.
_beginnings = ThreadPoolExecutor(64, "steps")
_ends = ThreadPoolExecutor(64, "step-ends")


def async_call(handler: Called, step: Step) -> Callable[..., Any]:
    """The handler's function with a step around it."""
    begin = partial(_in_thread, _beginnings) if step.begin_blocks else _at_once
    end = partial(_in_thread, _ends) if step.end_blocks else _at_once

    async def call(argument: Any) -> Any:
        messages, ids = messages_of(handler, argument)
        run = step.run(messages)
        try:
            given: list[Message] = await begin(next, run)
        except asyncio.CancelledError:
            await end(run.close)
            raise
        fatal = None
        errors: Errors
        try:
            given_ids = ids_of(given)
            result = await handler.function(argument_of(handler, given)) if given else None
            errors = errors_of(handler, result, given, given_ids) if given else []
        except BaseException as error:
            errors = [error] * len(given)
            fatal = fatal_of(error)
        return result_of(handler, messages, ids, await end(end_of, run, errors), fatal)

    return call


async def _at_once(call: Callable[..., Any], *arguments: Any) -> Any:
    return call(*arguments)


async def _in_thread(threads: ThreadPoolExecutor, call: Callable[..., Any], *arguments: Any) -> Any:
    """In a thread, to its end: a cancellation waits for it."""
    in_context = partial(copy_context().run, call, *arguments)
    thread = asyncio.get_running_loop().run_in_executor(threads, in_context)
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait([thread])
        raise
