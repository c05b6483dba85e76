"""A row says everything of an input, and leaves the class as Pulumi's analyzer takes it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NotRequired, TypedDict

import pulumi
import pytest

from tests.support.deploy import deploy
from worker_service.inputs.checking import checked
from worker_service.inputs.rows import Default, Row, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import ListOf, MapOf, Text, Whole

NAMES = MapOf(Text(1, 9), Text(0, 9), 3)
STOPS = ListOf(Text(1, 9))


class ParcelArgs(TypedDict):
    weight_grams: Annotated[int, Whole(1, 30_000)]
    sender_arn: NotRequired[Annotated[pulumi.Input[str], Text(1, 9)]]
    labels: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], NAMES, Default({})]]
    stops: NotRequired[Annotated[Sequence[pulumi.Input[str]], STOPS]]
    tries: NotRequired[Annotated[int, Whole(0, 9), Default(0)]]


ROWS = rows_of(ParcelArgs)


def no_conflicts(args: Mapping[str, object], misfitting: object) -> list[str]:
    return []


def test_each_row_has_rule_default_and_what_may_be_an_output():
    assert {
        "weight_grams": Row(Whole(1, 30_000), None, is_required=True, may_be_output=False, may_hold_outputs=False),
        "sender_arn": Row(Text(1, 9), None, is_required=False, may_be_output=True, may_hold_outputs=True),
        "labels": Row(NAMES, {}, is_required=False, may_be_output=False, may_hold_outputs=True),
        "stops": Row(STOPS, None, is_required=False, may_be_output=False, may_hold_outputs=True),
        "tries": Row(Whole(0, 9), 0, is_required=False, may_be_output=False, may_hold_outputs=False),
    } == ROWS


def test_the_class_is_left_with_plain_types():
    assert ParcelArgs.__annotations__ == {
        "weight_grams": int,
        "sender_arn": NotRequired[pulumi.Input[str]],
        "labels": NotRequired[Mapping[str, pulumi.Input[str]]],
        "stops": NotRequired[Sequence[pulumi.Input[str]]],
        "tries": NotRequired[int],
    }


def test_an_input_without_a_rule_is_an_error_of_the_component():
    class Unruled(TypedDict):
        weight_grams: int

    with pytest.raises(TypeError, match="has 0 rules: write Annotated"):
        rows_of(Unruled)


def test_a_default_of_0_is_a_default():
    assert defaults_of(ROWS) == {"labels": {}, "tries": 0}


def test_the_rows_of_an_entry_are_the_rule_of_a_map():
    rule = fields_of(ROWS)

    assert rule.problems("parcel", {"weight_grams": 7}) == []
    assert rule.problems("parcel", {"tries": 10, "weigth_grams": 7}) == [
        "parcel.weigth_grams: unknown; did you mean weight_grams?",
        "parcel.weight_grams: required",
        "parcel.tries: 10 is not a whole number from 0 to 9",
    ]


def test_checked_arguments_have_their_defaults_and_none_means_not_given():
    args = checked("Parcel", "first", {"weight_grams": 7.0, "tries": None}, ROWS, no_conflicts)

    assert args == {"weight_grams": 7, "labels": {}, "tries": 0}


def test_every_problem_is_told_at_once():
    def too_heavy(args: Mapping[str, object], misfitting: object) -> list[str]:
        return ["weight_grams: too heavy for its tries"]

    def parcel() -> None:
        checked("Parcel", "1st", {"tries": pulumi.Output.from_input(1), "sender": "x"}, ROWS, too_heavy)

    with pytest.raises(ValueError, match="Parcel '1st' has invalid arguments:") as refused:
        deploy(parcel)

    assert [line.strip() for line in str(refused.value).splitlines()[1:]] == [
        "name: '1st' is not 1 to 40 letters, digits and hyphens that begin with a letter",
        "sender: unknown; did you mean sender_arn?",
        "weight_grams: required",
        "tries: an Output is not a plain value, and shapes the resources too late",
        "weight_grams: too heavy for its tries",
    ]
