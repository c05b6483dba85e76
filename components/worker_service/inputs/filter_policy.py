"""What SNS takes for a subscription's filter policy, said before it is asked.

https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html
https://docs.aws.amazon.com/sns/latest/dg/numeric-value-matching.html
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_KEYS = 5
MOST_COMBINATIONS = 150
MOST_BYTES = 262_144
_FARTHEST = 1_000_000_000
_DECIMALS = 5
_OPERATORS = ("prefix", "suffix", "anything-but", "equals-ignore-case", "cidr", "numeric", "exists")
_COMPARISONS = ("=", "<", "<=", ">", ">=")
_OR = "$or"


def filter_policy_problems(name: str, policy: Any, *, nested: bool) -> list[str]:
    """A sentence for each thing that SNS would refuse; with `nested` it may look into objects, as of a body."""
    if not isinstance(policy, Mapping) or not policy:
        return [f"{name}: {policy!r} is not an object of keys, each with a list of what it may be"]
    problems = list(_problems(name, policy, nested=nested))
    if problems:
        return problems
    if len(policy) > MOST_KEYS:
        problems.append(f"{name}: {len(policy)} keys are more than {MOST_KEYS}")
    combinations = _combinations(policy, depth=1)
    if combinations > MOST_COMBINATIONS:
        problems.append(
            f"{name}: {combinations} combinations are more than {MOST_COMBINATIONS}; they are the product of what each"
            " key may be, and of how deep it lies"
        )
    size_bytes = len(json.dumps(policy).encode())
    if size_bytes > MOST_BYTES:
        problems.append(f"{name}: {size_bytes} bytes are more than {MOST_BYTES}")
    return problems


def _problems(name: str, policy: Mapping[str, Any], *, nested: bool) -> Iterator[str]:
    for key, value in policy.items():
        place = f"{name}.{key}"
        if _is_choice(key, value):
            yield from _choice_problems(place, value, nested=nested)
        elif isinstance(value, Mapping) and nested:
            yield from _problems(place, value, nested=nested)
        elif isinstance(value, Mapping):
            yield f"{place}: an object needs filter_policy_scope MessageBody; attributes have no parts"
        elif not isinstance(value, list) or not value:
            yield f"{place}: {value!r} is not a list of what it may be"
        else:
            for index, match in enumerate(value):
                yield from _match_problems(f"{place}[{index}]", match)


def _is_choice(key: str, value: Any) -> bool:
    return key == _OR and isinstance(value, list) and all(isinstance(choice, Mapping) for choice in value)


def _choice_problems(name: str, choices: Sequence[Mapping[str, Any]], *, nested: bool) -> Iterator[str]:
    if len(choices) < 2:
        yield f"{name}: {len(choices)} choices are fewer than 2"
    for index, choice in enumerate(choices):
        yield from _problems(f"{name}[{index}]", choice, nested=nested)


def _match_problems(name: str, match: Any) -> Iterator[str]:
    if isinstance(match, Mapping):
        if len(match) != 1:
            yield f"{name}: {len(match)} operators are not 1"
            return
        [(operator, operand)] = match.items()
        if operator not in _OPERATORS:
            yield f"{name}: {operator!r} is not one of {', '.join(_OPERATORS)}"
        elif not _fits(operator, operand):
            yield f"{name}.{operator}: {operand!r} is not {_EXPECTED[operator]}"
    elif not _is_literal(match):
        yield f"{name}: {match!r} is not text, a number from -10^9 to 10^9, true, false, null or an operator"


_EXPECTED = {
    "prefix": "text",
    "suffix": "text",
    "equals-ignore-case": "text",
    "cidr": "a range of addresses such as 10.0.0.0/24",
    "exists": "true or false",
    "numeric": 'one or two comparisons such as [">", 0, "<=", 5]',
    "anything-but": "text, a number, a list of them, or a prefix or suffix",
}


def _fits(operator: str, operand: Any) -> bool:
    if operator == "exists":
        return isinstance(operand, bool)
    if operator == "numeric":
        return _is_numeric(operand)
    if operator == "cidr":
        return isinstance(operand, str) and _is_cidr(operand)
    if operator == "anything-but":
        if isinstance(operand, Mapping):
            return len(operand) == 1 and all(
                key in ("prefix", "suffix") and isinstance(text, str) for key, text in operand.items()
            )
        several = operand if isinstance(operand, list) else [operand]
        return bool(several) and all(isinstance(one, str) or _is_number(one) for one in several)
    return isinstance(operand, str)


def _is_literal(value: Any) -> bool:
    return value is None or isinstance(value, str | bool) or _is_number(value)


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and -_FARTHEST <= value <= _FARTHEST
        and round(value, _DECIMALS) == value
    )


def _is_numeric(operand: Any) -> bool:
    """One comparison, or a lower and an upper bound."""
    if not isinstance(operand, Sequence) or isinstance(operand, str) or len(operand) not in (2, 4):
        return False
    comparisons, numbers = list(operand[::2]), operand[1::2]
    if not all(map(_is_number, numbers)) or any(comparison not in _COMPARISONS for comparison in comparisons):
        return False
    return len(operand) == 2 or (comparisons[0][0] == ">" and comparisons[1][0] == "<" and numbers[0] < numbers[1])


def _is_cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _combinations(policy: Mapping[str, Any], depth: int) -> int:
    product = 1
    for key, value in policy.items():
        if _is_choice(key, value):
            product *= sum(_combinations(choice, depth) for choice in value)
        elif isinstance(value, Mapping):
            product *= _combinations(value, depth + 1)
        else:
            product *= len(value) * depth
    return product
