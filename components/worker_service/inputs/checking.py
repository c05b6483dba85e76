"""Checking a component's arguments before anything is registered, so that a bad one leaves nothing behind."""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain
from typing import Any

import pulumi

from worker_service.inputs.names import COMPONENT_NAME
from worker_service.inputs.rows import Row, defaults_of
from worker_service.inputs.rules import Rule, unknown_name

#: Finds what is wrong between arguments, defaults included; those that misfit by themselves are to be left alone.
Conflicts = Callable[[Mapping[str, Any], Collection[str]], list[str]]


def checked(
    component: str,
    name: str,
    args: Mapping[str, Any],
    rows: Mapping[str, Row],
    conflicts: Conflicts,
    name_rule: Rule = COMPONENT_NAME,
) -> dict[str, Any]:
    """The arguments of the component of this name, with the defaults of those that were left out.

    Raises ValueError with every problem: a sentence for each, with the argument, its value and what is allowed.
    """
    given = _given(args)
    misfitting = misfits(given, rows)
    complete = {**defaults_of(rows), **given}
    problems = [
        *name_rule.problems("name", name),
        *(unknown_name(key, rows) for key in given if key not in rows),
        *(f"{key}: required" for key, row in rows.items() if row.is_required and key not in given),
        *chain(*misfitting.values()),
        *conflicts(complete, misfitting),
    ]
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise ValueError(f"{component} {name!r} has invalid arguments:{listed}")
    return complete


def misfits(args: Mapping[str, Any], rows: Mapping[str, Row]) -> dict[str, list[str]]:
    """What is wrong with single values, by the name of the argument."""
    found = {}
    for key, row in rows.items():
        value = args.get(key)
        if _is_known(value):
            found[key] = row.rule.problems(key, _known(value))
        elif value is not None and not row.may_be_output:
            found[key] = [f"{key}: an Output is not a plain value, which is needed because it shapes the resources"]
    return {key: problems for key, problems in found.items() if problems}


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


def _is_known(value: Any) -> bool:
    """Whether the value is known now; an Output's is not, and AWS checks it."""
    return value is not None and not isinstance(value, pulumi.Output)


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: item for key, item in value.items() if _is_known(item)}
    if isinstance(value, list | tuple):
        return [item for item in value if _is_known(item)]
    return value
