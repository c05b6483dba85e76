"""Types that a body may be declared to be: dataclasses, TypedDicts, dictionaries and unions of them; models of pydantic
and msgspec, where the user has them.

What is made of a body is checked: one that does not fit is rejected with every problem, as `lines[0].quantity: 'two' is
not a whole number`. Members that the type does not know do not count, so that a publisher may add some.
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, NotRequired, Required, Union, get_args, get_origin, get_type_hints, is_typeddict

from worker_runtime.errors import InvalidBody
from worker_runtime.handling.json_readers import Reader, make_reader, object_of
from worker_runtime.message import Message

#: Makes what the handler asks for. Raises InvalidBody.
Parse = Callable[[Message], Any]


def parser_of(type_: Any) -> Parse | None:
    """What reads a body into a type; None where it is no type for bodies. Raises TypeError where something in it
    cannot be read from JSON."""
    for library, base, make_parser in _MODELS:
        # Who has made a model has loaded its library: nothing is loaded for it here.
        loaded = sys.modules.get(library)
        if loaded is not None and isinstance(type_, type) and issubclass(type_, getattr(loaded, base)):
            return make_parser(type_, loaded)
    return _reading_parser(type_) if _is_object(type_) else None


def _is_object(type_: Any) -> bool:
    """Values of the type are objects in JSON."""
    origin = get_origin(type_) or type_
    if origin is Annotated:
        return _is_object(get_args(type_)[0])
    if origin in (Union, types.UnionType):
        return all(_is_object(each) for each in get_args(type_) if each is not type(None))
    if origin in (dict, Mapping) or is_typeddict(type_):
        return True
    return isinstance(type_, type) and dataclasses.is_dataclass(type_)


def _misfits(problems: Sequence[str]) -> InvalidBody:
    return InvalidBody("; ".join(problems))


def _reading_parser(type_: Any) -> Parse:
    try:
        reader = _Readers().of(type_)
    except TypeError as error:
        raise TypeError(f"a function of a body that can be read: {error}") from None

    def parse(message: Message) -> Any:
        problems: list[str] = []
        try:
            body = reader.read(message.json(), "", problems)
        except RecursionError:
            raise _misfits(["the body: it is nested too deeply"]) from None
        if problems:
            raise _misfits(problems)
        return body

    return parse


class _Readers:
    """Readers of types, and of what is within them: of a dataclass that holds itself, a single one."""

    def __init__(self) -> None:
        self._known: dict[type, Reader] = {}

    def of(self, type_: Any) -> Reader:
        if is_typeddict(type_):
            return self._of_members(type_, dict, _members_of_typed_dict(type_))
        if isinstance(type_, type) and dataclasses.is_dataclass(type_):
            return self._of_members(type_, type_, _members_of_dataclass(type_))
        type_ = getattr(type_, "__supertype__", type_)  # of a NewType
        reader = make_reader(type_, self.of)
        if reader is None:
            raise TypeError(f"{_name(type_)} is no type that JSON can be read into")
        return reader

    def _of_members(self, type_: type, make: Callable[..., Any], members: Members) -> Reader:
        if type_ not in self._known:
            fields: dict[str, tuple[Reader, bool]] = {}
            self._known[type_] = Reader("an object", object_of(fields, make))
            for name, (hint, required) in members.items():
                fields[name] = (self._of_field(type_, name, hint), required)
        return self._known[type_]

    def _of_field(self, type_: type, name: str, hint: Any) -> Reader:
        try:
            return self.of(hint)
        except TypeError as error:
            raise TypeError(f"{type_.__name__}.{name}: {error}") from None


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


def _pydantic_parser(type_: Any, pydantic: Any) -> Parse:
    def parse(message: Message) -> Any:
        try:
            return type_.model_validate_json(message.body)
        except pydantic.ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            raise _misfits([f"{_place(problem['loc'])}: {problem['msg']}" for problem in problems]) from None

    return parse


def _place(steps: Sequence[int | str]) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return place.removeprefix(".") or "the body"


def _msgspec_parser(type_: Any, msgspec: Any) -> Parse:
    decode = msgspec.json.Decoder(type_).decode

    def parse(message: Message) -> Any:
        try:
            return decode(message.body)
        except (msgspec.DecodeError, RecursionError) as error:
            body = message.json()
            raise _misfits(_msgspec_problems(type_, body, msgspec) or [f"the body: {error}"]) from None

    return parse


def _msgspec_problems(type_: Any, body: Any, msgspec: Any) -> list[str]:
    """msgspec stops at the first problem: each member is asked by itself for its own."""
    problems: list[str] = []
    if not isinstance(body, dict):
        return problems
    for field in msgspec.structs.fields(type_):
        if field.encode_name not in body:
            if field.required:
                problems.append(f"{field.encode_name}: required")
            continue
        try:
            msgspec.convert(body[field.encode_name], field.type)
        except msgspec.ValidationError as wrong:
            problems.append(f"{field.encode_name}: {wrong}")
    return problems


_MODELS: tuple[tuple[str, str, Callable[[Any, Any], Parse]], ...] = (
    ("pydantic", "BaseModel", _pydantic_parser),
    ("msgspec", "Struct", _msgspec_parser),
)
