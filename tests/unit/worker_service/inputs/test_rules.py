"""The words of each rule."""

import pytest

from worker_service.inputs.aws_values import TAGS
from worker_service.inputs.rules import AnyObject, Fields, Flag, ListOf, MapOf, OneOf, Rule, Text, Whole, unknown_name
from worker_service.service.choices import TaskSize


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (Whole(1, 5), 1),
        (Whole(1, 5), 5),
        (OneOf((256, 512)), 512),
        (OneOf(("x-small",)), TaskSize.X_SMALL),
        (Flag(), False),
        (Text(1, 3), "abc"),
        (TAGS, {"straße": "größe 7"}),
        (ListOf(Whole(1, 9)), [1, 2]),
        (ListOf(Whole(1, 9)), ()),
        (MapOf(Text(1, 3), Text(0, 1), 1), {"abc": ""}),
    ],
)
def test_what_fits(rule: Rule, value: object):
    assert rule.problems("key", value) == []


@pytest.mark.parametrize(
    ("rule", "value", "problems"),
    [
        (Whole(1, 5), 0, ["key: 0 is not a whole number from 1 to 5"]),
        (Whole(1, 5), 6, ["key: 6 is not a whole number from 1 to 5"]),
        (Whole(1, 5), "3", ["key: '3' is not a whole number from 1 to 5"]),
        (Whole(0, 5), True, ["key: True is not a whole number from 0 to 5"]),
        (Whole(1, 5), 2.5, ["key: 2.5 is not a whole number from 1 to 5"]),
        (OneOf((1, 2)), True, ["key: True is not one of 1, 2"]),
        (OneOf(("a", "b")), "c", ["key: 'c' is not one of a, b"]),
        (Flag(), "true", ["key: 'true' is not true or false"]),
        (Text(1, 3), "", ["key: '' is not text of 1 to 3 characters"]),
        (Text(1, 200), "x" * 201, [f"key: '{'x' * 40}'... (201 characters) is not text of 1 to 200 characters"]),
        (Text(1, 9, "a+", "some a"), "ab", ["key: 'ab' is not some a"]),
        (Text(1, 9, r"\d+", "digits"), "\u0663", ["key: '\u0663' is not digits"]),
        (ListOf(Whole(1, 5)), 3, ["key: 3 is not a list whose items are each a whole number from 1 to 5"]),
        (ListOf(Text(1, 5)), "abc", ["key: 'abc' is not a list whose items are each text of 1 to 5 characters"]),
        (
            ListOf(Whole(1, 5)),
            [9, 2, 2],
            ["key[0]: 9 is not a whole number from 1 to 5", "key: 2 stands twice"],
        ),
        (
            MapOf(Text(1, 3), Text(0, 1), 9),
            [],
            ["key: [] is not a map whose keys are each text of 1 to 3 characters and values text of 0 to 1 characters"],
        ),
        (MapOf(Text(1, 3), Text(0, 1), 1), {"a": "", "b": ""}, ["key: 2 entries are more than 1"]),
        (
            MapOf(Text(1, 3), Text(0, 1), 9),
            {"abcd": "", "b": 1},
            [
                "key key: 'abcd' is not text of 1 to 3 characters",
                "key.b: 1 is not text of 0 to 1 characters",
            ],
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_value_and_what_is_allowed(rule: Rule, value: object, problems: list[str]):
    assert rule.problems("key", value) == problems


def test_an_unknown_name_is_told_the_nearest_known_one():
    assert unknown_name("max_cuont", ["min_count", "max_count"]) == "max_cuont: unknown; did you mean max_count?"


def test_a_key_that_is_no_text_is_unknown():
    assert Fields({"a": Whole(1, 2)}, ("a",)).problems("key", {"a": 1, 7: 1, None: 1}) == [
        "key.7: unknown",
        "key.None: unknown",
    ]


@pytest.mark.parametrize("value", [{"a": {1, 2}}, {"a": b"x"}, {"a": float("nan")}, {("a",): 1}])
def test_an_object_holds_what_json_has(value: object):
    [problem] = AnyObject().problems("key", value)

    assert problem.startswith("key: is not an object of keys and values, as JSON has them: ")


def test_an_unknown_name_that_is_near_to_none_is_told_so():
    assert unknown_name("colour", ["min_count", "max_count"]) == "colour: unknown"
