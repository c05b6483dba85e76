"""Evaluates the part of CloudWatch's metric math that the project's expressions use.

    evaluate("CEIL(v * 0.5 + n)", {"v": 3, "n": None}) == 2

A series is one value here, None where it has no data in the period. The rules are those of the user guide:
between two series a missing value is 0 as long as the other has data, a number alone brings no data where there is
none, division by zero drops the point, MAX and MIN of an array leave out what is missing.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping

Value = float | None

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<sign><=|>=|==|!=|[-+*/<>(),\[\]]))")
_ID = re.compile(r"[a-z][A-Za-z0-9_]*")

_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}
_COMPARISON: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


_OF_ARRAYS: dict[str, Callable[..., Value]] = {"MAX": max, "MIN": min}


class MetricMathError(ValueError):
    """The expression is none, or uses what CloudWatch or this evaluator does not know."""


def evaluate(expression: str, series: Mapping[str, Value]) -> Value:
    """The value of the expression, None where it has none. Raises MetricMathError."""
    for id_ in series:
        if not _ID.fullmatch(id_):
            raise MetricMathError(f"{id_!r} is no id: it begins with a lower-case letter")
    parser = _Parser(_tokens(expression), series)
    value = parser.logical()
    parser.end()
    return value


def _tokens(expression: str) -> list[str]:
    tokens, position = [], 0
    text = expression.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise MetricMathError(f"unexpected {text[position:]!r} in {expression!r}")
        tokens.append(match[0].strip())
        position = match.end()
    return tokens


class _Constant(float):
    """A number of the expression itself: it is there in every period, but makes no data."""


class _Parser:
    """Recursive descent: logical, comparison, sum, product, atom."""

    def __init__(self, tokens: list[str], series: Mapping[str, Value]) -> None:
        self._tokens = tokens
        self._series = series

    def end(self) -> None:
        if self._tokens:
            raise MetricMathError(f"unexpected {self._tokens[0]!r}")

    def logical(self) -> Value:
        left = self._comparison()
        while self._next() in ("AND", "OR"):
            both = self._take() == "AND"
            right = self._comparison()
            truths = (bool(left), bool(right))
            left = None if left is None and right is None else float(all(truths) if both else any(truths))
        return left

    def _comparison(self) -> Value:
        left = self._sum()
        while self._next() in _COMPARISON:
            left = _applied(_COMPARISON[self._take()], left, self._sum())
        return left

    def _sum(self) -> Value:
        left = self._product()
        while self._next() in ("+", "-"):
            left = _applied(_ARITHMETIC[self._take()], left, self._product())
        return left

    def _product(self) -> Value:
        left = self._atom()
        while self._next() in ("*", "/"):
            sign = self._take()
            right = self._atom()
            left = _quotient(left, right) if sign == "/" else _applied(_ARITHMETIC[sign], left, right)
        return left

    def _atom(self) -> Value:
        token = self._take()
        if token == "(":  # noqa: S105 - no password
            value = self.logical()
            self._expect(")")
            return value
        if token[0].isdigit():
            return _Constant(token)
        if self._next() == "(":
            return self._call(token)
        if token in self._series:
            return self._series[token]
        raise MetricMathError(f"{token!r} is neither a number nor a metric")

    def _call(self, function: str) -> Value:
        self._expect("(")
        if function in _OF_ARRAYS:
            self._expect("[")
            values = self._list("]")
            self._expect(")")
            return _OF_ARRAYS[function]((value for value in values if value is not None), default=None)
        values = self._list(")")
        if function == "CEIL" and len(values) == 1:
            return None if values[0] is None else float(math.ceil(values[0]))
        if function == "IF" and len(values) == 3:
            condition, then, otherwise = values
            return None if condition is None else then if condition else otherwise
        raise MetricMathError(f"{function} of {len(values)} values is not known")

    def _list(self, end: str) -> list[Value]:
        values = [self.logical()]
        while self._next() == ",":
            self._take()
            values.append(self.logical())
        self._expect(end)
        return values

    def _next(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _take(self) -> str:
        if not self._tokens:
            raise MetricMathError("the expression ends too early")
        return self._tokens.pop(0)

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise MetricMathError(f"expected {token!r} and found {self._next()!r}")
        self._take()


def _applied(apply: Callable[[float, float], float], left: Value, right: Value) -> Value:
    if isinstance(left, _Constant) and isinstance(right, _Constant):
        return _Constant(apply(left, right))
    if _without_data(left) and _without_data(right):
        return None
    return float(apply(left or 0.0, right or 0.0))


def _quotient(left: Value, right: Value) -> Value:
    if _without_data(left) and _without_data(right):
        return None
    return None if not right else (left or 0.0) / right


def _without_data(value: Value) -> bool:
    return value is None or isinstance(value, _Constant)
