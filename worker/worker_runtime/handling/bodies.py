"""Types that a body may be declared to be: dataclasses, and models of pydantic and msgspec where the user has them.

What is made of a body is checked: one that does not fit is rejected with every problem, as `lines[0].quantity: 'two' is
not a whole number`. Members that the type does not know do not count, so that a publisher may add some.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

from worker_runtime.errors import InvalidBody
from worker_runtime.handling.json_readers import Reader, make_reader, object_of
from worker_runtime.message import Message

#: Makes what the handler asks for. Raises InvalidBody.
Parse = Callable[[Message], Any]


def parser_of(type_: Any) -> Parse | None:
    """What reads a body into a type; None where it is no type for bodies. Raises TypeError where a dataclass has a
    field that cannot be read from JSON."""
    if not isinstance(type_, type):
        return None
    for library, base, make_parser in _MODELS:
        # Who has made a model has loaded its library: nothing is loaded for it here.
        loaded = sys.modules.get(library)
        if loaded is not None and issubclass(type_, getattr(loaded, base)):
            return make_parser(type_, loaded)
    return _dataclass_parser(type_) if dataclasses.is_dataclass(type_) else None


def _misfits(problems: Sequence[str]) -> InvalidBody:
    return InvalidBody("; ".join(problems))


def _dataclass_parser(type_: type) -> Parse:
    reader = _DataclassReaders().of(type_)

    def parse(message: Message) -> Any:
        problems: list[str] = []
        body = reader.read(message.json(), "", problems)
        if problems:
            raise _misfits(problems)
        return body

    return parse


class _DataclassReaders:
    """Readers of dataclasses, and of those within them: one that holds itself has a single one."""

    def __init__(self) -> None:
        self._known: dict[type, Reader] = {}

    def of(self, type_: Any) -> Reader:
        if not (isinstance(type_, type) and dataclasses.is_dataclass(type_)):
            type_ = getattr(type_, "__supertype__", type_)  # of a NewType
            reader = make_reader(type_, self.of)
            if reader is None:
                raise TypeError(f"{_name(type_)} is no type that JSON can be read into")
            return reader
        if type_ not in self._known:
            fields: dict[str, tuple[Reader, bool]] = {}
            self._known[type_] = Reader("an object", object_of(fields, type_))
            hints = get_type_hints(type_, include_extras=True)
            for field in dataclasses.fields(type_):
                if field.init:
                    fields[field.name] = (self._of_field(type_, field.name, hints[field.name]), _is_required(field))
        return self._known[type_]

    def _of_field(self, type_: type, name: str, hint: Any) -> Reader:
        try:
            return self.of(hint)
        except TypeError as error:
            raise TypeError(f"{type_.__name__}.{name}: {error}") from None


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


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
