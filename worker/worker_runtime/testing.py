"""Run a handler in a test, without AWS, and see what the worker would do with each message.

from worker_runtime.testing import run_handler

(outcome,) = run_handler(handle, '{"order_id": ""}')
assert outcome.action == "rejected"
assert outcome.reason == "order_id is missing"

What handlers are declared with counts here too: types of bodies, retry policies, hooks (`contexts` gives what is to
take the place of what they make), `once` (`store` takes the place of its own) and `publish`, which is recorded in
`outcome.published`.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

from worker_runtime.errors import Reject, Retry
from worker_runtime.handler import Handler
from worker_runtime.handling.hooks import CallInPlace
from worker_runtime.idempotency.once import store_in_place
from worker_runtime.idempotency.store import OnceStore
from worker_runtime.message import Message, current_message
from worker_runtime.publishing.publication import Publication
from worker_runtime.publishing.publish import recorded

_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Outcome:
    """What becomes of one message."""

    message: Message
    action: Literal["acknowledged", "retried", "rejected"]
    error: BaseException | None = None
    """The exception that decided, or None."""
    published: tuple[Publication, ...] = ()
    """What its call has published: recorded, and not sent."""
    result: Any = None
    """What the handler has returned, or what `@once` remembers of it; None for a handler of lists."""

    @property
    def reason(self) -> str:
        """What the exception says; empty where the message was acknowledged."""
        return "" if self.error is None else str(self.error)

    @property
    def delay_seconds(self) -> float | None:
        """The delay that the handler asked for with Retry; None: the usual back-off, or no retry."""
        return self.error.delay_seconds if isinstance(self.error, Retry) else None


def run_handler(
    function: Callable[..., Any],
    *messages: Message | str,
    contexts: Mapping[Any, Any] | None = None,
    store: OnceStore | None = None,
) -> list[Outcome]:
    """Call a handler, plain, async or batch, with messages or bodies; returns an outcome for each, in their
    order.

    Its module's `@startup` and `@shutdown` functions run before and after; `contexts` gives by their types what
    is to take the place of what they make, and no function runs for that. What a hook raises is raised here. `store`
    takes the place of the one that `@once` names.
    """
    handler = Handler.of(function)
    handler.hooks.made.update(contexts or {})
    given = [
        message if isinstance(message, Message) else Message(message, id=f"message-{number}")
        for number, message in enumerate(messages, 1)
    ]
    size = handler.batch_size
    calls = [[message] for message in given] if size is None else _slices(given, size)
    with _in_place(handler) as call_in_place, _instead(store_in_place, store):
        handler.hooks.start(call_in_place)
        outcomes = [outcome for call in calls for outcome in _call(handler, call, call_in_place)]
        for _, error in handler.hooks.stop(call_in_place):
            raise error
    return outcomes


@contextmanager
def _instead(variable: ContextVar[_Value | None], value: _Value | None) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


@contextmanager
def _in_place(handler: Handler) -> Iterator[CallInPlace]:
    """Where the handler and its hooks run: on one event loop, where it is async."""
    if not handler.is_async:
        yield lambda function: function()
        return
    with asyncio.Runner() as runner:

        async def call(function: Callable[[], Any]) -> Any:
            result = function()
            return await result if inspect.isawaitable(result) else result

        yield lambda function: runner.run(call(function), context=copy_context())


def _slices(messages: list[Message], size: int) -> list[list[Message]]:
    return [messages[start : start + size] for start in range(0, len(messages), size)]


def _call(handler: Handler, messages: list[Message], call_in_place: CallInPlace) -> list[Outcome]:
    result = None
    with recorded() as published:
        try:
            # A list and ids of our own: the handler may change its list and its messages.
            ids = [message.id for message in messages]
            argument = list(messages) if handler.batch_size else messages[0]
            with _instead(current_message, None if handler.batch_size else messages[0]):
                result = call_in_place(partial(handler.function, argument))
            errors: Sequence[BaseException | None] = handler.errors(result, ids)
        except Exception as error:
            errors = [error] * len(messages)
    shown = None if handler.batch_size or any(errors) else result
    return [
        Outcome(message, _action(error), error, tuple(published), shown)
        for message, error in zip(messages, errors, strict=True)
    ]


def _action(error: BaseException | None) -> Literal["acknowledged", "retried", "rejected"]:
    if error is None:
        return "acknowledged"
    return "rejected" if isinstance(error, Reject) else "retried"
