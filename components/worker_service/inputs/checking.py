"""Checking a component's arguments before anything is registered, so that a bad one leaves nothing behind."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import pulumi

from worker_service.inputs.names import COMPONENT_NAME
from worker_service.inputs.rows import Row, defaults_of, unknown_input
from worker_service.inputs.rules import OUT_OF_PLACE, UNKNOWN, Rule

#: What AWS takes nests far less, and Python's own limit is near.
_LEVELS_MOST = 50

#: Finds what is wrong between arguments, defaults included; those that misfit by themselves are to be left alone.
Conflicts = Callable[[Mapping[str, Any], Collection[str]], list[str]]


class InvalidArgumentsError(pulumi.RunError, ValueError):
    """A component's arguments are refused; the message has a line for each problem, and the CLI shows no traceback."""

    def __init__(self, component: str, name: str, problems: Iterable[str]) -> None:
        listed = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"{component} {name!r} has invalid arguments:{listed}")


def checked(
    component: str,
    name: str,
    args: Mapping[str, Any],
    rows: Mapping[str, Row],
    conflicts: Conflicts,
    name_rule: Rule = COMPONENT_NAME,
) -> dict[str, Any]:
    """The arguments of the component of this name, with the defaults of those that were left out.

    Raises InvalidArgumentsError with a sentence for every problem: the argument, its value and what is allowed.
    """
    given = _given(args) if isinstance(args, Mapping) else {}
    misfitting = misfits(given, rows)
    complete = {**defaults_of(rows), **given}
    problems = [
        *name_rule.problems("name", name),
        *([] if isinstance(args, Mapping) else [f"args: {args!r} is not a map of inputs"]),
        *(unknown_input(key, rows) for key in given if key not in rows),
        *(f"{key}: required" for key, row in rows.items() if row.is_required and key not in given),
        *chain(*misfitting.values()),
        *conflicts(complete, misfitting),
    ]
    if problems:
        raise InvalidArgumentsError(component, name, problems)
    return complete


def misfits(args: Mapping[str, Any], rows: Mapping[str, Row]) -> dict[str, list[str]]:
    """What is wrong with single values, by the name of the argument; what is not known yet is left to AWS."""
    found = {key: _problems(key, args[key], row) for key, row in rows.items() if args.get(key) is not None}
    return {key: problems for key, problems in found.items() if problems}


def _problems(key: str, value: Any, row: Row) -> list[str]:
    if _is_deeper(value, _LEVELS_MOST):
        return [f"{key}: is nested more than {_LEVELS_MOST} levels deep"]
    is_output = isinstance(value, pulumi.Output)
    may_hold = row.may_be_output if is_output else row.may_hold_outputs
    out_of_place = [] if may_hold else list(_outputs(key, value))
    if out_of_place:
        return [f"{path}: {OUT_OF_PLACE}" for path in out_of_place]
    return [] if is_output else row.rule.problems(key, _with_unknowns(value))


def find_conflicts(
    rules: Iterable[tuple[Collection[str], Callable[[Mapping[str, Any]], Iterable[str]]]],
    args: Mapping[str, Any],
    misfitting: Collection[str],
) -> list[str]:
    """What the rules find, but those that look at an argument which misfits by itself."""
    return [line for keys, find in rules if not set(keys) & set(misfitting) for line in find(args)]


def _given(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were given a value: None means the same as leaving one out.

    A program in another language sends every number as a float, so whole ones are ints here again.
    """
    return {name: _whole(value) for name, value in args.items() if value is not None}


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_deeper(value: Any, levels: int) -> bool:
    """Whether lists and maps lie in each other beyond so many levels."""
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in items)


def _outputs(path: str, value: Any) -> Iterator[str]:
    """Where Outputs are in the value."""
    if isinstance(value, pulumi.Output):
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _outputs(f"{path}.{key}", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _outputs(f"{path}[{index}]", item)


def _with_unknowns(value: Any) -> Any:
    """The value with UNKNOWN in place of each Output."""
    if isinstance(value, pulumi.Output):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _with_unknowns(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_with_unknowns(item) for item in value]
    return value
