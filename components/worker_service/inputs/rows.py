"""Rows: each input of a component stands in one place, with its type, rule, default and docstring.

class QueueArgs(TypedDict):
    delay_seconds: NotRequired[Annotated[int, Whole(0, 900), Default(0)]]
    \"\"\"Seconds that a message waits before it can be received, 0 to 900. Default 0.\"\"\"

QUEUE_ROWS = rows_of(QueueArgs)
"""

import inspect
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, Required, get_args, get_origin, is_typeddict

from worker_service.inputs.rules import Fields, MapOf, Rule, unknown_name


@dataclass(frozen=True)
class Default:
    """What an input is where it is left out; without a Default it stays left out."""

    value: Any


@dataclass(frozen=True)
class Row:
    """What is known of one input beside its docstring."""

    rule: Rule
    default: Any
    """None where there is none."""
    is_required: bool
    may_be_output: bool
    """Whether the value itself may be another resource's Output."""
    may_hold_outputs: bool
    """Whether the value, the items of the list or map that it is, or keys of these, may be Outputs."""

    @property
    def may_be_secret(self) -> bool:
        """Whether the value, or each item of it, may be an Output: of what has fields some shape the resources."""
        of_items = self.rule.value if isinstance(self.rule, MapOf) else self.rule
        return self.may_hold_outputs and not isinstance(of_items, Fields)


def rows_of(args: type) -> dict[str, Row]:
    """Read the rows of a TypedDict, and leave it with plain types: Pulumi's analyzer refuses Annotated.

    https://github.com/pulumi/pulumi/blob/master/sdk/python/lib/pulumi/provider/experimental/analyzer.py
    """
    annotations = inspect.get_annotations(args)
    args.__annotations__ = {key: _plain(annotation) for key, annotation in annotations.items()}
    return {key: _row(annotation) for key, annotation in annotations.items()}


def defaults_of(rows: Mapping[str, Row]) -> dict[str, Any]:
    """The inputs that have a default, with it."""
    return {key: row.default for key, row in rows.items() if row.default is not None}


def unknown_input(name: str, rows: Mapping[str, Row]) -> str:
    """The sentence that says the input is unknown; one of that very name inside another one is nearer than any."""
    within = [
        f"{key}.NAME.{name}"
        for key, row in rows.items()
        if isinstance(row.rule, MapOf) and isinstance(row.rule.value, Fields) and name in row.rule.value.rules
    ]
    return f"{name}: unknown; did you mean {' or '.join(within)}?" if within else unknown_name(name, rows)


def fields_of(rows: Mapping[str, Row]) -> Fields:
    """The rule of a map that has the rows for its keys."""
    required = tuple(key for key, row in rows.items() if row.is_required)
    outputs = frozenset(key for key, row in rows.items() if row.may_be_output)
    return Fields({key: row.rule for key, row in rows.items()}, required, outputs)


def _row(annotation: Any) -> Row:
    is_required = get_origin(annotation) is not NotRequired
    type_, *metadata = get_args(_without_qualifier(annotation))
    rules = [item for item in metadata if not isinstance(item, Default)]
    if len(rules) != 1:
        raise TypeError(f"{annotation} has {len(rules)} rules: write Annotated[type, rule]")
    default = next((item.value for item in metadata if isinstance(item, Default)), None)
    items = get_args(type_)[-1:] if get_origin(type_) in (Mapping, Sequence) else ()
    may_be_output = _is_input(type_)
    may_hold_outputs = may_be_output or any(_is_input(item) or _has_inputs(item) for item in (type_, *items))
    return Row(rules[0], default, is_required, may_be_output, may_hold_outputs)


def _plain(annotation: Any) -> Any:
    """The annotation without its metadata."""
    type_ = get_args(_without_qualifier(annotation))[0]
    return NotRequired[type_] if get_origin(annotation) is NotRequired else type_


def _without_qualifier(annotation: Any) -> Any:
    annotated = get_args(annotation)[0] if get_origin(annotation) in (NotRequired, Required) else annotation
    if get_origin(annotated) is not Annotated:
        raise TypeError(f"{annotation} has 0 rules: write Annotated[type, rule]")
    return annotated


def _has_inputs(type_: Any) -> bool:
    """Whether the type is a TypedDict of which a key may be an Output."""
    if not is_typeddict(type_):
        return False
    return any(
        _is_input(get_args(annotation)[0]) for annotation in type_.__annotations__.values() if get_args(annotation)
    )


def _is_input(type_: Any) -> bool:
    """pulumi.Input[T] is a union of T, Awaitable[T] and Output[T]."""
    return any(get_origin(member) is Awaitable for member in get_args(type_))
