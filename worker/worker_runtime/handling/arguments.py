"""What a handler is called with: its parameters' types say whether it wants the message or its body."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from worker_runtime.errors import Reject
from worker_runtime.handling.bodies import parser_of
from worker_runtime.message import Message

#: Makes one argument of a message. Raises Reject.
Make = Callable[[Message], Any]


class Parameter(NamedTuple):
    """A parameter and what it gets."""

    name: str
    make: Make | None
    """None: the message itself."""
    by_name: bool


def called_by_types(function: Callable[..., Any], *, is_async: bool, takes_lists: bool) -> Callable[..., Any]:
    """The function as one of a message, or of a list of them; itself where it is one.

    Raises TypeError where a parameter wants what there is not.
    """
    try:
        signature = inspect.signature(function)
    except ValueError:  # a function written in C may have none
        return function
    parameters = _parameters(function, signature, takes_lists=takes_lists)
    if [parameter.make for parameter in parameters] == [None] and not parameters[0].by_name:
        return function
    if not takes_lists:
        return _of_one(function, parameters)
    return _of_list_async(function, parameters) if is_async else _of_list(function, parameters)


def _of_one(function: Callable[..., Any], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def call(message: Message) -> Any:
        positional, by_name = _arguments(parameters, message)
        return function(*positional, **by_name)

    return call


def _of_list(function: Callable[..., Any], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def call(messages: Sequence[Message]) -> Any:
        positional, by_name, misfits = _lists_of_arguments(parameters, messages)
        result = function(*positional, **by_name) if len(misfits) < len(messages) else None
        return with_failures(misfits, result)

    return call


def _of_list_async(function: Callable[..., Any], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    async def call(messages: Sequence[Message]) -> Any:
        positional, by_name, misfits = _lists_of_arguments(parameters, messages)
        result = await function(*positional, **by_name) if len(misfits) < len(messages) else None
        return with_failures(misfits, result)

    return call


def with_failures(failures: Mapping[str, BaseException], result: Any) -> Any:
    """What a handler of lists says, and the messages that it did not get."""
    if not failures:
        return result
    return {**failures, **result} if isinstance(result, Mapping) else result or failures


def _arguments(parameters: Sequence[Parameter], message: Message) -> tuple[list[Any], dict[str, Any]]:
    positional, by_name = [], {}
    for parameter in parameters:
        value = message if parameter.make is None else parameter.make(message)
        if parameter.by_name:
            by_name[parameter.name] = value
        else:
            positional.append(value)
    return positional, by_name


def _lists_of_arguments(
    parameters: Sequence[Parameter], messages: Sequence[Message]
) -> tuple[list[Any], dict[str, Any], dict[str, BaseException]]:
    """Lists of the same length and order, without the messages that do not fit."""
    rows: list[tuple[list[Any], dict[str, Any]]] = []
    misfits: dict[str, BaseException] = {}
    for message in messages:
        try:
            rows.append(_arguments(parameters, message))
        except Reject as misfit:
            misfits[message.id] = misfit
    positional = [list(column) for column in zip(*(row[0] for row in rows), strict=True)]
    names = [parameter.name for parameter in parameters if parameter.by_name]
    return positional, {name: [row[1][name] for row in rows] for name in names}, misfits


def _parameters(function: Callable[..., Any], signature: inspect.Signature, *, takes_lists: bool) -> list[Parameter]:
    parameters = []
    for given in signature.parameters.values():
        if given.kind is given.VAR_KEYWORD or (given.kind is given.VAR_POSITIONAL and parameters):
            continue
        hint = _hint(function, given)
        if takes_lists and get_origin(hint) in (list, Sequence):
            hint = get_args(hint)[0]
        make = parser_of(hint)
        is_message = hint is Message or (make is None and not parameters)
        if make is not None or is_message:
            parameters.append(Parameter(given.name, make, given.kind is given.KEYWORD_ONLY))
        elif given.default is given.empty:
            raise TypeError(f"a function of a message, of its body, or of both: it takes {signature}")
    if not parameters:
        raise TypeError(f"a function of a message, of its body, or of both: it takes {signature}")
    return parameters


def _hint(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """The type that a parameter declares, if any; Message where that is imported for type checkers alone."""
    if not isinstance(parameter.annotation, str):
        return parameter.annotation
    try:
        return get_type_hints(function if inspect.isroutine(function) else type(function).__call__)[parameter.name]
    except NameError as error:
        if re.search(r"\bMessage\b", parameter.annotation):
            return Message
        raise TypeError(f"a function whose types are known: of {parameter.name}, {error}") from None
