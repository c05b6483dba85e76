"""Types that a body may be declared to be: dataclasses, TypedDicts, dictionaries and unions of them; models of pydantic
and msgspec, where the user has them.

What is made of a body is checked: one that does not fit is rejected with every problem, as `lines[0].quantity: 'two' is
not a whole number`. Members that the type does not know do not count, so that a publisher may add some.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NotRequired, Required, TypeVar, get_args, get_origin, get_type_hints, is_typeddict

from worker_runtime.handling.json_readers import Reader, Written, make_reader, object_of
from worker_runtime.handling.models import Parse, kinds_of, misfits, model_parser_of
from worker_runtime.message import Message, json_reader


def parser_of(type_: Any) -> Parse | None:
    """What reads a body into a type; None where it is no type for bodies. Raises TypeError where something in it
    cannot be read from JSON."""
    return model_parser_of(type_) or (_reading_parser(type_) if _is_object(type_) else None)


def _is_object(type_: Any) -> bool:
    """Values of the type are objects in JSON."""
    origins = [get_origin(kind) or kind for kind in kinds_of(type_)]
    return all(
        origin in (dict, Mapping)
        or is_typeddict(origin)
        or (isinstance(origin, type) and dataclasses.is_dataclass(origin))
        for origin in origins
    )


def _reading_parser(type_: Any) -> Parse:
    readers = _Readers()
    try:
        reader = readers.of(type_)
    except TypeError as error:
        raise TypeError(f"a function of a body that can be read: {error}") from None
    read_json = json_reader(Written if readers.have_decimals else None)

    def parse(message: Message) -> Any:
        problems: list[str] = []
        try:
            body = reader.read(read_json(message.body), "", problems)
        except RecursionError:
            raise misfits(["the body: it is nested too deeply"]) from None
        if problems:
            raise misfits(problems)
        return body

    return parse


class _Readers:
    """Readers of types, and of what is within them: of a dataclass that holds itself, a single one."""

    def __init__(self) -> None:
        self._known: dict[Any, Reader] = {}
        self.have_decimals = False

    def of(self, type_: Any) -> Reader:
        while supertype := getattr(type_, "__supertype__", None):  # of a NewType
            type_ = supertype
        origin = get_origin(type_) or type_
        if is_typeddict(origin):
            return self._of_members(type_, dict, _members_of_typed_dict(origin))
        if isinstance(origin, type) and dataclasses.is_dataclass(origin):
            return self._of_members(type_, origin, _members_of_dataclass(origin))
        self.have_decimals = self.have_decimals or type_ is Decimal
        reader = make_reader(type_, self.of)
        if reader is None:
            raise TypeError(f"{_name(type_)} is no type that JSON can be read into")
        return reader

    def _of_members(self, type_: Any, make: Callable[..., Any], members: Members) -> Reader:
        if type_ not in self._known:
            fields: dict[str, tuple[Reader, bool]] = {}
            self._known[type_] = Reader("an object", object_of(fields, make), type_.__name__)
            for name, (hint, required) in members.items():
                fields[name] = (self._of_field(type_, name, hint), required)
        return self._known[type_]

    def _of_field(self, type_: Any, name: str, hint: Any) -> Reader:
        try:
            return self.of(_with_arguments(hint, type_))
        except TypeError as error:
            raise TypeError(f"{type_.__name__}.{name}: {error}") from None


def _with_arguments(hint: Any, generic: Any) -> Any:
    """The type of a member of `Page[Order]`, where its class says `T` or `list[T]`."""
    parameters: tuple[Any, ...] = getattr(get_origin(generic), "__parameters__", ())
    arguments = dict(zip(parameters, get_args(generic), strict=False))
    if isinstance(hint, TypeVar):
        return arguments.get(hint, hint)
    if isinstance(hint, type) or not (own := getattr(hint, "__parameters__", ())):
        return hint
    return hint[tuple(arguments.get(parameter, parameter) for parameter in own)]


#: Type by name, and whether it has to be there.
Members = Mapping[str, tuple[Any, bool]]


def _members_of_dataclass(type_: type) -> Members:
    """What it is made of: fields that its `__init__` takes, and InitVars."""
    hints = get_type_hints(type_, include_extras=True)
    parameters = inspect.signature(type_).parameters.values()
    return {
        parameter.name: (getattr(hint, "type", hint), parameter.default is parameter.empty)
        for parameter in parameters
        for hint in [hints.get(parameter.name, parameter.annotation)]
    }


def _members_of_typed_dict(type_: Any) -> Members:
    members = {}
    for name, hint in get_type_hints(type_, include_extras=True).items():
        # Where annotations are text, the class itself does not know.
        said = get_origin(hint) in (Required, NotRequired)
        required = get_origin(hint) is Required or (not said and name in type_.__required_keys__)
        members[name] = (get_args(hint)[0] if said else hint, required)
    return members


def _name(type_: Any) -> str:
    return type_.__name__ if isinstance(type_, type) else str(type_)
