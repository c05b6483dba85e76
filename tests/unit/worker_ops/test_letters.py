"""What a dead letter says of itself, and which letters a selection means."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from worker_ops.dead_letters.letter import Letter
from worker_ops.dead_letters.selection import read_selection
from worker_ops.errors import OpsError

SENT_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NO_CONDITIONS = {"reason": None, "topic": None, "older_than": None, "younger_than": None, "where": None}


def letter(body: str = "{}", **attributes: str) -> Letter:
    told = {name.replace("__", "."): {"DataType": "String", "StringValue": text} for name, text in attributes.items()}
    return Letter("id-1", body, told, {"SentTimestamp": str(int(SENT_AT.timestamp() * 1_000))}, "handle")


def test_the_reason_is_what_the_worker_wrote() -> None:
    given_up = letter(
        worker__error_type="Reject", worker__error_message="no amount", worker__receive_count="2", worker__task="task-1"
    )

    assert (given_up.reason, given_up.error_type, given_up.tries, given_up.task) == ("no amount", "Reject", 2, "task-1")


def test_a_reason_in_one_attribute_is_the_same() -> None:
    given_up = letter(worker__error=json.dumps({"error_type": "Reject", "error_message": "late", "receive_count": "4"}))

    assert (given_up.reason, given_up.error_type, given_up.tries) == ("late", "Reject", 4)


def test_attributes_of_a_sender_that_begin_alike_are_the_senders() -> None:
    sent = letter(worker__shift="night", tenant="t-1", worker__error_message="late")

    assert sorted(sent.own_attributes) == ["tenant", "worker.shift"]


@pytest.mark.parametrize(
    ("body", "text", "topic"),
    [
        ('{"Type": "Notification", "TopicArn": "arn:t", "Message": "m"}', "m", "arn:t"),
        ('{"Type": "Notification", "TopicArn": "arn:t", "Message": 7}', None, ""),
        ('{"Type": "other", "Message": "m"}', None, ""),
        ("[" * 100_000, None, ""),
        ("plain", None, ""),
    ],
    ids=["notification", "no text in it", "another type", "nested deeply", "no JSON"],
)
def test_an_envelope_is_taken_off_where_it_is_one(body: str, text: str | None, topic: str) -> None:
    assert (letter(body).text, letter(body).topic) == (body if text is None else text, topic)


@pytest.mark.parametrize(
    ("age_seconds", "condition", "meant"),
    [
        (3_600, {"older_than": "1h"}, True),
        (3_599, {"older_than": "1h"}, False),
        (3_599, {"younger_than": "60m"}, True),
        (3_600, {"younger_than": "60m"}, False),
    ],
)
def test_age_counts_to_the_second(age_seconds: int, condition: dict[str, str], meant: bool) -> None:
    now = datetime.fromtimestamp(SENT_AT.timestamp() + age_seconds, UTC)
    selection = read_selection((), **{**NO_CONDITIONS, **condition})

    assert type(selection)(**{**vars(selection), "now": now}).has(letter()) is meant


def test_a_number_is_true_even_0() -> None:
    assert read_selection((), **{**NO_CONDITIONS, "where": "body.x"}).has(letter('{"x": 0}'))


@pytest.mark.parametrize("expression", ["body.missing > `3`", "max(body.x) == `1`", "id.nothing", "''"])
def test_an_expression_that_says_nothing_of_a_letter_does_not_mean_it(expression: str) -> None:
    assert not read_selection((), **{**NO_CONDITIONS, "where": expression}).has(letter('{"x": 1}'))


def test_all_wrong_conditions_are_told_at_once() -> None:
    wrong: dict[str, Any] = {**NO_CONDITIONS, "older_than": "soon", "younger_than": "1 h", "where": "(("}

    with pytest.raises(OpsError) as raised:
        read_selection((), **wrong)

    assert [line.split(":")[0] for line in str(raised.value).splitlines()] == [
        "--older-than",
        "--younger-than",
        "--where",
    ]
