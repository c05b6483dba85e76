"""What SNS would refuse of a filter policy; compared with moto where moto knows better than to take it."""

from __future__ import annotations

from typing import Any

import pytest

from worker_service.inputs.filter_policy import filter_policy_problems

GOOD: list[dict[str, Any]] = [
    {"store": ["example"]},
    {"price": [{"numeric": [">=", 100]}, {"numeric": [">", 0, "<=", 5.25]}, 7, -1e9]},
    {"event": [{"anything-but": ["cancelled", 7]}, {"anything-but": {"prefix": "order-"}}, None, True]},
    {"who": [{"prefix": "a"}, {"suffix": "z"}, {"equals-ignore-case": "Kim"}, {"exists": False}]},
    {"ip": [{"cidr": "10.0.0.0/24"}, {"cidr": "2001:db8::/32"}]},
    {"$or": [{"a": ["1"]}, {"b": [{"exists": True}]}]},
    {key: ["x", "y"] for key in "abcde"},
]


@pytest.mark.parametrize("policy", GOOD, ids=str)
@pytest.mark.parametrize("nested", [False, True])
def test_what_sns_takes(policy: dict[str, Any], nested: bool):
    assert filter_policy_problems("filter_policy", policy, nested=nested) == []


LITERAL = "text, a number from -10^9 to 10^9, true, false, null or an operator"
NUMERIC = 'one or two comparisons such as [">", 0, "<=", 5]'
OPERATORS = "prefix, suffix, anything-but, equals-ignore-case, cidr, numeric, exists"
ANYTHING_BUT = "text, a number, a list of them, or a prefix or suffix"
COMBINATIONS = "are more than 150; they are the product of what each key may be, and of how deep it lies"


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ({}, ": {} is not an object of keys, each with a list of what it may be"),
        ("x", ": 'x' is not an object of keys, each with a list of what it may be"),
        ({"a": "x"}, ".a: 'x' is not a list of what it may be"),
        ({"a": []}, ".a: [] is not a list of what it may be"),
        ({"a": [["x"]]}, f".a[0]: ['x'] is not {LITERAL}"),
        ({"a": [2e9]}, f".a[0]: 2000000000.0 is not {LITERAL}"),
        ({"a": [{"prefixx": "x"}]}, f".a[0]: 'prefixx' is not one of {OPERATORS}"),
        ({"a": [{"prefix": "x", "suffix": "y"}]}, ".a[0]: 2 operators are not 1"),
        ({"a": [{"prefix": 1}]}, ".a[0].prefix: 1 is not text"),
        ({"a": [{"exists": "yes"}]}, ".a[0].exists: 'yes' is not true or false"),
        ({"a": [{"cidr": "10.0.0.0"}]}, ".a[0].cidr: '10.0.0.0' is not a range of addresses such as 10.0.0.0/24"),
        ({"a": [{"numeric": ["~", 1]}]}, f".a[0].numeric: ['~', 1] is not {NUMERIC}"),
        ({"a": [{"numeric": ["<", 5, ">", 1]}]}, f".a[0].numeric: ['<', 5, '>', 1] is not {NUMERIC}"),
        ({"a": [{"numeric": [">", 5, "<", 1]}]}, f".a[0].numeric: ['>', 5, '<', 1] is not {NUMERIC}"),
        ({"a": [{"numeric": ["=", 0.0000001]}]}, f".a[0].numeric: ['=', 1e-07] is not {NUMERIC}"),
        ({"a": [{"anything-but": []}]}, f".a[0].anything-but: [] is not {ANYTHING_BUT}"),
        ({"$or": [{"a": ["x"]}]}, ".$or: 1 choices are fewer than 2"),
        ({key: ["x"] for key in "abcdef"}, ": 6 keys are more than 5"),
        ({"a": ["x"] * 151}, f": 151 combinations {COMBINATIONS}"),
    ],
)
def test_what_sns_refuses(policy: Any, problem: str):
    assert filter_policy_problems("filter_policy", policy, nested=False) == [f"filter_policy{problem}"]


def test_only_a_body_has_parts():
    policy = {"order": {"store": ["example"]}}

    assert filter_policy_problems("f", policy, nested=True) == []
    assert filter_policy_problems("f", policy, nested=False) == [
        "f.order: an object needs filter_policy_scope MessageBody; attributes have no parts"
    ]


def test_combinations_count_how_deep_a_key_lies():
    """AWS's own example: (4 x 3) x (3 x 2) x (3 x 1) = 216."""
    four, three = ["one", "two", "three", "four"], ["one", "two", "three"]
    policy = {"key_a": {"key_b": {"key_c": four}}, "key_d": {"key_e": three}, "key_f": three}

    [problem] = filter_policy_problems("f", policy, nested=True)
    assert problem.startswith("f: 216 combinations are more than 150")


def test_every_problem_is_told_at_once():
    policy = {"a": "x", "b": [{"prefix": 1}, {"suffix": 2}]}

    assert len(filter_policy_problems("f", policy, nested=False)) == 3
