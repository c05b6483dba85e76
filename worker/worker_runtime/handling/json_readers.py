"""From JSON's values to Python's, by a type: every misfit is noted, with its place, its value and what it should be."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin
from uuid import UUID

from worker_runtime.errors import text_of

_VALUE_MOST_CHARACTERS = 100


class Reader(NamedTuple):
    """Reads values of one type."""

    allowed: str
    """What such a value is, for people."""
    read: Callable[[Any, str, list[str]], Any]
    """Takes a value and its place; notes what is wrong with it, and what it returns then counts for nothing."""
    kind: str = ""
    """Of objects with members of their own, what they are called."""


class Written(float):
    """A number with a point or an exponent as it is written: `Decimal` keeps digits that a float has no room for."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> Written:
        """Read it."""
        number = super().__new__(cls, text)
        number.text = text
        return number


#: Makes the reader of a type. Raises TypeError where a type cannot be read from JSON.
ReaderOf = Callable[[Any], Reader]


def misfit(place: str, value: Any, allowed: str) -> str:
    """Say that a value is not what it should be."""
    text = repr(value)
    if len(text) > _VALUE_MOST_CHARACTERS:
        text = f"{text[:_VALUE_MOST_CHARACTERS]}..."
    return f"{place or 'the body'}: {text} is not {allowed}"


def make_reader(type_: Any, reader_of: ReaderOf) -> Reader | None:
    """The reader of a type of Python's own; None where it is none. `reader_of` makes those of what is in it."""
    if isinstance(type_, type) and issubclass(type_, Enum):
        return _by_conversion(_one_of([member.value for member in type_]), partial(_member_of, type_))
    origin, arguments = get_origin(type_) or type_, get_args(type_)
    if origin is Annotated:
        return reader_of(arguments[0])
    if origin is Literal:
        return _literal(arguments)
    if origin in (Union, types.UnionType):
        return _union([reader_of(argument) for argument in arguments])
    return _collection(origin, arguments, reader_of) or _PLAIN.get(origin)


def _collection(origin: Any, arguments: Sequence[Any], reader_of: ReaderOf) -> Reader | None:
    if origin in _LISTS and arguments[1:] in ((), (...,)):
        return _list(_LISTS[origin], reader_of(arguments[0] if arguments else Any))
    if origin is tuple and arguments:
        return _tuple([reader_of(argument) for argument in arguments])
    if origin in (dict, Mapping) and (not arguments or arguments[0] is str):
        return _object(reader_of(arguments[1] if arguments else Any))
    return None


def _if(is_right: Callable[[Any], bool], allowed: str, convert: Callable[[Any], Any] = lambda value: value) -> Reader:
    def read(value: Any, place: str, problems: list[str]) -> Any:
        if is_right(value):
            return convert(value)
        return problems.append(misfit(place, value, allowed))

    return Reader(allowed, read)


def _by_conversion(allowed: str, convert: Callable[[Any], Any], of: type | tuple[type, ...] = object) -> Reader:
    def read(value: Any, place: str, problems: list[str]) -> Any:
        try:
            if isinstance(value, of) and not (of is not object and isinstance(value, bool)):
                return convert(value)
        except Exception:  # noqa: S110 - whatever a type of the user's raises, the value is none of its
            pass
        return problems.append(misfit(place, value, allowed))

    return Reader(allowed, read)


def _member_of(type_: type[Enum], value: Any) -> Enum:
    member = type_(value)
    kinds = type(value), type(member.value)
    # 1 == True, and 1.0 is no whole number; but JSON's 1 is a float, too, and `_missing_` may convert.
    if value == member.value and kinds[0] is not kinds[1] and (bool in kinds or kinds == (float, int)):
        raise TypeError
    return member


def _finite(value: int | float) -> float:
    # 1e400 is infinite.
    if not math.isfinite(number := float(value)):
        raise OverflowError
    return number


def _decimal(value: str | int | float) -> Decimal:
    number = Decimal(value.text if isinstance(value, Written) else str(value))
    if not number.is_finite():
        raise InvalidOperation
    return number


_ANY = Reader("any value", lambda value, _place, _problems: value)
_PLAIN: dict[Any, Reader] = {
    Any: _ANY,
    object: _ANY,
    str: _if(lambda value: type(value) is str, "text"),
    int: _if(lambda value: type(value) is int, "a whole number"),
    bool: _if(lambda value: type(value) is bool, "true or false"),
    type(None): _if(lambda value: value is None, "null"),
    float: _by_conversion("a number", _finite, (int, float)),
    Decimal: _by_conversion("a decimal number", _decimal, (int, float, str)),
    datetime: _by_conversion("a time such as 2026-11-30T12:00:00Z", datetime.fromisoformat, str),
    date: _by_conversion("a date such as 2026-11-30", date.fromisoformat, str),
    time: _by_conversion("a time of day such as 12:00:00", time.fromisoformat, str),
    UUID: _by_conversion("a UUID", UUID, str),
}
_LISTS: dict[Any, Callable[[list[Any]], Any]] = {
    list: list,
    Sequence: list,
    tuple: tuple,
    set: set,
    frozenset: frozenset,
}


def _one_of(values: Sequence[Any]) -> str:
    return "one of " + ", ".join(map(repr, values))


def _literal(allowed: Sequence[Any]) -> Reader:
    # 1 == True: the type counts too.
    return _if(lambda value: any(type(value) is type(one) and value == one for one in allowed), _one_of(allowed))


def _union(readers: Sequence[Reader]) -> Reader:
    allowed = " or ".join(dict.fromkeys(reader.allowed for reader in readers))
    others = [reader for reader in readers if reader.allowed != "null"]

    def read(value: Any, place: str, problems: list[str]) -> Any:
        tried: dict[str, list[str]] = {}
        for reader in readers:
            found: list[str] = []
            result = reader.read(value, place, found)
            if not found:
                return result
            if reader.kind:
                tried[reader.kind] = found
        # What is wrong within it says more.
        if len(others) == 1:
            return others[0].read(value, place, problems)
        if isinstance(value, dict) and tried:
            return problems.extend(_of_each(place, tried))
        return problems.append(misfit(place, value, allowed))

    return Reader(allowed, read)


def _of_each(place: str, tried: Mapping[str, list[str]]) -> list[str]:
    """What keeps an object from being of any kind that it may be of."""
    if len(tried) == 1:
        return next(iter(tried.values()))
    return [f"{place or 'the body'}: " + ", ".join(f"no {kind} ({'; '.join(found)})" for kind, found in tried.items())]


def _tuple(items: Sequence[Reader]) -> Reader:
    allowed = f"a list of {len(items)} values"

    def read(value: Any, place: str, problems: list[str]) -> Any:
        if not isinstance(value, list) or len(value) != len(items):
            return problems.append(misfit(place, value, allowed))
        return tuple(
            item.read(one, f"{place}[{index}]", problems)
            for index, (item, one) in enumerate(zip(items, value, strict=True))
        )

    return Reader(allowed, read)


def _list(make: Callable[[list[Any]], Any], item: Reader) -> Reader:
    def read(value: Any, place: str, problems: list[str]) -> Any:
        if not isinstance(value, list):
            return problems.append(misfit(place, value, "a list"))
        read_all = [item.read(one, f"{place}[{index}]", problems) for index, one in enumerate(value)]
        try:
            return make(read_all)
        except TypeError:  # a set of what cannot be in one
            return problems.append(misfit(place, value, "a list of plain values"))

    return Reader("a list", read)


def _object(item: Reader) -> Reader:
    def read(value: Any, place: str, problems: list[str]) -> Any:
        if not isinstance(value, dict):
            return problems.append(misfit(place, value, "an object"))
        return {name: item.read(one, _within(place, name), problems) for name, one in value.items()}

    return Reader("an object", read)


def _within(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def object_of(
    fields: Mapping[str, tuple[Reader, bool]], make: Callable[..., Any]
) -> Callable[[Any, str, list[str]], Any]:
    """Reads an object whose members are known, each with its reader and whether it has to be there; others do not
    count. `make` makes the result of them, and may find a problem (ValueError, AssertionError)."""

    def read(value: Any, place: str, problems: list[str]) -> Any:
        if not isinstance(value, dict):
            return problems.append(misfit(place, value, "an object"))
        members = {}
        found: list[str] = []
        for name, (reader, required) in fields.items():
            if name in value:
                members[name] = reader.read(value[name], _within(place, name), found)
            elif required:
                found.append(f"{_within(place, name)}: required, {reader.allowed}")
        problems += found
        if found:
            return None
        try:
            return make(**members)
        except (AssertionError, ValueError) as error:
            return problems.append(f"{place or 'the body'}: {text_of(error) or type(error).__name__}")

    return read
