"""What a handler is called with: its parameters' types say whether it wants the message or its body."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from worker_runtime.errors import Reject, text_of
from worker_runtime.handling.bodies import parser_of
from worker_runtime.message import Message

#: Makes one argument of a message. Raises Reject.
Make = Callable[[Message], Any]


class Parameter(NamedTuple):
    """A parameter and what it gets."""

    name: str
    make: Make
    by_name: bool
    shared: bool
    """It is the same for all messages: where a handler takes lists, it gets it as it is."""


def called_by_types(
    function: Callable[..., Any], *, is_async: bool, takes_lists: bool, shared: Mapping[Any, Make]
) -> Callable[..., Any]:
    """The function as one of a message, or of a list of them; itself where it is one.

    `shared` makes what is handed to handlers beside their messages, by its type. Raises TypeError where a parameter
    wants what there is not.
    """
    try:
        signature = inspect.signature(function)
    except ValueError:  # a function written in C may have none
        return function
    parameters = _parameters(function, signature, takes_lists, shared)
    if [parameter.make for parameter in parameters] == [_itself] and not parameters[0].by_name:
        return function
    if not takes_lists:
        return _of_one(function, parameters)
    return _of_list_async(function, parameters) if is_async else _of_list(function, parameters)


def wants(function: Callable[..., Any], type_: type) -> bool:
    """Tell whether a parameter of a function that `called_by_types` takes is of a type."""
    try:
        return any(_plain(_hint(function, given)) is type_ for given in inspect.signature(function).parameters.values())
    except ValueError:
        return False


def _itself(message: Message) -> Message:
    return message


def _of_one(function: Callable[..., Any], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def call(message: Message) -> Any:
        positional, by_name = _arguments(parameters, [parameter.make(message) for parameter in parameters])
        return function(*positional, **by_name)

    return call


def _of_list(function: Callable[..., Any], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    def call(messages: Sequence[Message]) -> Any:
        rows, misfits = _rows(parameters, messages)
        if not rows:
            return misfits
        positional, by_name = _arguments(parameters, _columns(parameters, rows))
        return with_failures(misfits, function(*positional, **by_name))

    return call


def _of_list_async(function: Callable[..., Any], parameters: Sequence[Parameter]) -> Callable[..., Any]:
    async def call(messages: Sequence[Message]) -> Any:
        rows, misfits = _rows(parameters, messages)
        if not rows:
            return misfits
        positional, by_name = _arguments(parameters, _columns(parameters, rows))
        return with_failures(misfits, await function(*positional, **by_name))

    return call


def with_failures(failures: Mapping[str, BaseException], result: Any) -> Any:
    """What a handler of lists says, and the messages that it did not get."""
    if not failures:
        return result
    return {**failures, **result} if isinstance(result, Mapping) else result or failures


def _arguments(parameters: Sequence[Parameter], values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The values as a call takes them: by position and by name."""
    pairs = list(zip(parameters, values, strict=True))
    return (
        [value for parameter, value in pairs if not parameter.by_name],
        {parameter.name: value for parameter, value in pairs if parameter.by_name},
    )


def _rows(
    parameters: Sequence[Parameter], messages: Sequence[Message]
) -> tuple[list[list[Any]], dict[str, BaseException]]:
    """The values for each message, and by their ids those that do not fit."""
    rows: list[list[Any]] = []
    misfits: dict[str, BaseException] = {}
    for message in messages:
        try:
            rows.append([parameter.make(message) for parameter in parameters])
        except Reject as misfit:
            misfits[message.id] = misfit
    return rows, misfits


def _columns(parameters: Sequence[Parameter], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """A list for each parameter, all of the same length and order."""
    return [
        rows[0][index] if parameter.shared else [row[index] for row in rows]
        for index, parameter in enumerate(parameters)
    ]


def _parameters(
    function: Callable[..., Any], signature: inspect.Signature, takes_lists: bool, shared: Mapping[Any, Make]
) -> list[Parameter]:
    parameters: list[Parameter] = []
    has_message = False
    for given in signature.parameters.values():
        if given.kind is given.VAR_KEYWORD or (given.kind is given.VAR_POSITIONAL and has_message):
            continue
        hint = _hint(function, given)
        is_shared = _is_among(_plain(hint), shared)
        if is_shared:
            make = shared[_plain(hint)]
        else:
            make = None if has_message and hint in _UNSAID else _of_message(hint, takes_lists=takes_lists)
            has_message = has_message or make is not None
        if make is not None:
            parameters.append(Parameter(given.name, make, given.kind is given.KEYWORD_ONLY, is_shared))
        elif given.default is given.empty:
            raise TypeError(_ALLOWED.format(signature) + _advice(hint, takes_lists=takes_lists))
    if not has_message:
        raise TypeError(_ALLOWED.format(signature))
    return parameters


_ALLOWED = "a function of a message, of its body, and of what @startup functions return: it takes {}"


def _plain(hint: Any) -> Any:
    """The type without what is said of it."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _is_among(hint: Any, shared: Mapping[Any, Make]) -> bool:
    try:
        return hint in shared
    except TypeError:  # what cannot be hashed
        return False


#: Says nothing of what the parameter is: the first such one gets the message.
_UNSAID = (inspect.Parameter.empty, Any, object)


def _of_message(hint: Any, *, takes_lists: bool) -> Make | None:
    """What makes an argument of this type; None where a message or its body is nothing of the kind."""
    if takes_lists and hint not in _UNSAID:
        origin = get_origin(hint) or hint
        if origin not in (list, Sequence):
            return None
        hint = (*get_args(hint), Any)[0]
    plain = _plain(hint)
    is_message = plain in (Message, Message | None, *_UNSAID) or getattr(plain, "_is_protocol", False)
    return _itself if is_message else parser_of(hint)


def _advice(hint: Any, *, takes_lists: bool) -> str:
    if hint in _UNSAID:
        return ""
    name = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    if takes_lists:
        return f"; with @batch it takes lists, and {name} is none of messages or bodies"
    if (get_origin(hint) or hint) in (list, Sequence):
        return f"; {name} needs @batch"
    return f"; {name} is none of these (bodies are dataclasses, TypedDicts, dict, and models)"


def _hint(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """The type that a parameter declares, if any; Message where that is imported for type checkers alone."""
    if not isinstance(parameter.annotation, str):
        return parameter.annotation
    while isinstance(function, partial):
        function = function.func
    try:
        described = function if inspect.isroutine(function) else type(function).__call__
        return get_type_hints(described, include_extras=True)[parameter.name]
    except Exception as error:  # whatever is in the text of an annotation
        if re.search(r"\bMessage\b", parameter.annotation):
            return Message
        raise TypeError(
            f"a function whose types are known when it is loaded: of {parameter.name} {parameter.annotation!r}, "
            f"{text_of(error)}"
        ) from None
