"""Bodies that are models of pydantic or msgspec, where the image has them."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from worker_runtime.errors import InvalidBody, text_of
from worker_runtime.message import Message

#: Makes what the handler asks for. Raises InvalidBody.
Parse = Callable[[Message], Any]


def model_parser_of(type_: Any) -> Parse | None:
    """What reads a body into a model, or into one of several of one library; None where it is none. Raises TypeError
    where the library cannot."""
    for library, base, make_parser in _MODELS:
        # Who has made a model has loaded its library: nothing is loaded for it here.
        loaded = sys.modules.get(library)
        if loaded is not None and all(_is_a(kind, getattr(loaded, base)) for kind in kinds_of(type_)):
            try:
                return make_parser(type_, loaded)
            except Exception as error:  # whatever the library makes of it
                raise TypeError(f"a function of a body that can be read: {text_of(error)}") from None
    return None


def kinds_of(type_: Any) -> list[Any]:
    """The types that a value may be of, but for None."""
    origin = get_origin(type_)
    if origin is Annotated:
        return kinds_of(get_args(type_)[0])
    if origin in (Union, types.UnionType):
        return [kind for each in get_args(type_) if each is not type(None) for kind in kinds_of(each)]
    return [type_]


def misfits(problems: Sequence[str]) -> InvalidBody:
    """The reason for which a body is rejected."""
    return InvalidBody("; ".join(problems))


def _is_a(kind: Any, base: type) -> bool:
    kind = get_origin(kind) or kind
    return isinstance(kind, type) and issubclass(kind, base)


def _pydantic_parser(type_: Any, pydantic: Any) -> Parse:
    validate = type_.model_validate_json if isinstance(type_, type) else pydantic.TypeAdapter(type_).validate_json

    def parse(message: Message) -> Any:
        try:
            return validate(message.body)
        except pydantic.ValidationError as error:
            problems = error.errors(include_url=False, include_context=False, include_input=False)
            raise misfits([f"{_place(problem['loc'])}: {problem['msg']}" for problem in problems]) from None

    return parse


def _place(steps: Sequence[int | str]) -> str:
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return place.removeprefix(".") or "the body"


def _msgspec_parser(type_: Any, msgspec: Any) -> Parse:
    decode = msgspec.json.Decoder(type_).decode

    def parse(message: Message) -> Any:
        try:
            return decode(message.body)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            body = message.json()
            raise misfits(_msgspec_problems(type_, body, msgspec) or [f"the body: {error}"]) from None

    return parse


def _msgspec_problems(type_: Any, body: Any, msgspec: Any) -> list[str]:
    """msgspec stops at the first problem: each member is asked by itself for its own."""
    problems: list[str] = []
    kind = _msgspec_kind(type_, body) if isinstance(body, dict) else None
    for field in msgspec.structs.fields(kind) if kind else ():
        if field.encode_name not in body:
            if field.required:
                problems.append(f"{field.encode_name}: required")
            continue
        try:
            msgspec.convert(body[field.encode_name], field.type)
        except (msgspec.ValidationError, UnicodeEncodeError) as wrong:  # it wants no lone surrogates
            problems.append(f"{field.encode_name}: {wrong}")
    return problems


def _msgspec_kind(type_: Any, body: dict[str, Any]) -> Any:
    """The struct that a body is to be: of several, the one that its tag names, if any."""
    kinds = kinds_of(type_)
    if len(kinds) == 1:
        return kinds[0]
    tags = {kind: (get_origin(kind) or kind).__struct_config__ for kind in kinds}
    return next((kind for kind, config in tags.items() if body.get(config.tag_field) == config.tag), None)


_MODELS: tuple[tuple[str, str, Callable[[Any, Any], Parse]], ...] = (
    ("pydantic", "BaseModel", _pydantic_parser),
    ("msgspec", "Struct", _msgspec_parser),
)
