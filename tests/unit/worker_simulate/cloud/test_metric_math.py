"""The evaluator agrees with the examples and rules of CloudWatch's user guide."""

import pytest

from worker_simulate.cloud.metric_math import MetricMathError, Value, evaluate


@pytest.mark.parametrize(
    ("expression", "series", "value"),
    [
        ("a + b * 2", {"a": 1, "b": 2}, 5),
        ("(a + b) * 2", {"a": 1, "b": 2}, 6),
        ("a - b - 1", {"a": 5, "b": 2}, 2),
        ("a / b", {"a": 5, "b": 2}, 2.5),
        ("a / b", {"a": 5, "b": 0}, None),
        ("CEIL(a)", {"a": 1.001}, 2),
        ("MAX([a, b])", {"a": 1, "b": 7}, 7),
        ("IF(a > 0, 1, 0)", {"a": 1}, 1),
        ("IF(a >= 2, 1, 0)", {"a": 1}, 0),
        ("IF((a > 0) AND (b < 1), 1, 0)", {"a": 1, "b": 0}, 1),
        ("IF((a > 0) OR (b < 1), 1, 0)", {"a": 0, "b": 2}, 0),
        # A missing value counts as 0 beside a series that is there; a number alone makes no data.
        ("a + b", {"a": None, "b": 2}, 2),
        ("a + b", {"a": None, "b": None}, None),
        ("a * 2", {"a": None}, None),
        ("a > 0", {"a": None}, None),
        ("a * 2 + b * 3", {"a": None, "b": 2}, 6),
        ("a * 2 + b * 3", {"a": None, "b": None}, None),
        ("a / 2", {"a": None}, None),
        ("1 + 2", {}, 3),
        ("MAX([a, b])", {"a": None, "b": 3}, 3),
        ("MAX([a, b])", {"a": None, "b": None}, None),
        ("CEIL(a)", {"a": None}, None),
    ],
)
def test_value(expression: str, series: dict[str, Value], value: Value):
    assert evaluate(expression, series) == value


@pytest.mark.parametrize("expression", ["", "a +", "a b", "a ? b", "(a", "FILL(a, 0)", "CEIL(a, a)", "c", "1e-3 * a"])
def test_what_is_no_expression_is_refused(expression: str):
    with pytest.raises(MetricMathError):
        evaluate(expression, {"a": 1})


def test_an_id_begins_with_a_lower_case_letter():
    with pytest.raises(MetricMathError, match="is no id"):
        evaluate("1", {"Waiting": 1})
