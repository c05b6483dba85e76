"""Steps around a handler's calls, which its decorators declare: the topmost decorator's is the outermost.

A step is a generator. It gets the messages of a call, yields those that the handler is to have, is told each one's
error (None where it succeeded), and returns what the errors of all are from now on. It ends early, by GeneratorExit,
where the call is cancelled before the handler began.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from worker_runtime.handling.declarations import declaration, set_declaration
from worker_runtime.message import Message

_STEPS = "_worker_steps"
_Function = TypeVar("_Function", bound=Callable[..., Any])

Errors = list[BaseException | None]
Run = Generator[list[Message], Errors, Errors]


class Step(NamedTuple):
    """What is done before and after a call."""

    run: Callable[[list[Message]], Run]
    begin_blocks: bool = False
    """Before the call it may wait for something, another call's end too: an event loop lets a thread do it."""
    end_blocks: bool = False
    """So it may after the call, but not for another one."""
    check: Callable[[], None] = lambda: None
    """Raises SettingsError where the step cannot work in this worker: asked when the handler is loaded, without AWS."""
    prove: Callable[[], None] | None = None
    """Raises SettingsError where what the step needs of AWS is not there, or may not be used: asked before the first
    receive."""


class Called(Protocol):
    """A handler, as far as steps need to know it."""

    @property
    def function(self) -> Callable[..., Any]:
        """The function of a message, or of a list."""
        ...

    @property
    def is_async(self) -> bool:
        """It is a coroutine function."""
        ...

    @property
    def batch_size(self) -> int | None:
        """None where it takes one message."""
        ...

    def errors(self, result: Any, ids: Sequence[str]) -> Errors:
        """What a result says of each message."""
        ...


def declare(function: _Function, step: Step) -> _Function:
    """Have a step around each call of a handler."""
    set_declaration(function, _STEPS, (*declared(function), step))
    return function


def declared(function: Callable[..., Any]) -> tuple[Step, ...]:
    """The steps of a handler, the innermost first."""
    return declaration(function, _STEPS, ())


def messages_of(handler: Called, argument: Any) -> tuple[list[Message], list[str]]:
    """The messages of a call, and their ids: a handler may change its messages."""
    messages = [argument] if handler.batch_size is None else list(argument)
    return messages, ids_of(messages)


def ids_of(messages: Sequence[Message]) -> list[str]:
    """Their ids, as long as they are what SQS says."""
    return [message.id for message in messages]


def result_on(message: Message) -> Any:
    """What the handler of a message has returned; None where it takes lists."""
    return getattr(message, "_result", None)


def set_result(message: Message, result: Any) -> None:
    """Say what the handler of a message has returned."""
    message._result = result


def argument_of(handler: Called, given: list[Message]) -> Any:
    """What the handler is called with."""
    return given[0] if handler.batch_size is None else list(given)


def errors_of(handler: Called, result: Any, given: list[Message], ids: Sequence[str]) -> Errors:
    """What a handler's result says of each message."""
    errors = handler.errors(result, ids)
    if handler.batch_size is None:
        set_result(given[0], result)
    return errors


def fatal_of(error: BaseException) -> BaseException | None:
    """What goes on whatever a step makes of it: a cancellation, the end of the process."""
    return None if isinstance(error, Exception) else error


def end_of(run: Run, errors: Errors) -> Errors:
    """What a step makes of the errors."""
    try:
        run.send(errors)
    except StopIteration as end:
        return end.value
    raise RuntimeError("a step yields once")


def result_of(
    handler: Called, messages: list[Message], ids: Sequence[str], errors: Errors, fatal: BaseException | None
) -> Any:
    """Say it as a handler does."""
    if fatal is not None:
        raise fatal
    if handler.batch_size is not None:
        return {id_: error for id_, error in zip(ids, errors, strict=True) if error is not None}
    if errors[0] is not None:
        raise errors[0]
    return result_on(messages[0])
