"""What SNS and SQS would refuse is told by `publish` itself: all of it, before anything is sent."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from worker_runtime import Message, publish
from worker_runtime.testing import run_handler

TOPIC = "arn:aws:sns:eu-west-1:111122223333:orders"
FIFO = f"{TOPIC}.fifo"
NAMES = (
    "is not a name of 1 to 256 letters, digits, _ and -, with single dots between, which AWS. and Amazon. do not begin"
)
TARGETS = "a topic's ARN, a queue's URL, main for the service's own topic, or a name in its publishes_to"
#: Newer Pythons say which.
NAN = "Out of range float values are not JSON compliant" + (": nan" if sys.version_info >= (3, 12) else "")
IDS = "is not text of 1 to 128 characters, letters, digits and punctuation"


@pytest.mark.parametrize(
    ("target", "body", "options", "problems"),
    [
        (
            None,
            "",
            {},
            [
                f"target: None is not {TARGETS}",
                "body: '' is empty, which SNS and SQS refuse",
            ],
        ),
        (TOPIC, "a\0", {}, ["body: 'a\\x00' has '\\x00', which SNS and SQS refuse"]),
        (TOPIC, "\ud800", {}, ["body: '\\ud800' has '\\ud800', which SNS and SQS refuse"]),
        (
            TOPIC,
            b"x",
            {},
            ["body: b'x' is not text or what JSON can say: Object of type bytes is not JSON serializable"],
        ),
        (
            TOPIC,
            float("nan"),
            {},
            [f"body: nan is not text or what JSON can say: {NAN}"],
        ),
        (
            TOPIC,
            "x",
            {"attributes": {"": "a", "AWS.x": 1, "a..b": 1, 3: b"", "n": float("inf"), "ok.x_y-z": "\1"}},
            [
                f"attributes: '' {NAMES}",
                f"attributes: 'AWS.x' {NAMES}",
                f"attributes: 'a..b' {NAMES}",
                f"attributes: 3 {NAMES}",
                "attributes.3: b'' is not text or bytes that are not empty, or a number",
                "attributes.n: inf is not text or bytes that are not empty, or a number",
                "attributes.ok.x_y-z: '\\x01' is not text or bytes that are not empty, or a number",
            ],
        ),
        (TOPIC, "x", {"attributes": ["a"]}, ["attributes: ['a'] is not a dictionary of values by name"]),
        (
            FIFO,
            "x",
            {"group": "a b", "deduplication_id": "x" * 129, "delay_seconds": "3"},
            [
                f"group: 'a b' {IDS}",
                f"deduplication_id: '{'x' * 129}' {IDS}",
                "delay_seconds: '3' is not a whole number from 0 to 900",
            ],
        ),
        (FIFO, "x", {"group": ""}, [f"group: '' {IDS}"]),
    ],
)
def test_every_problem_is_named(target: Any, body: Any, options: dict[str, Any], problems: list[str]) -> None:
    def handle(_: Message) -> None:
        publish(target, body, **options)

    (outcome,) = run_handler(handle, "x")
    assert isinstance(outcome.error, ValueError)
    assert outcome.reason == "; ".join(problems)
    assert outcome.published == ()


@pytest.mark.parametrize("body", ["ü\t\n\U0001f600", None, 0, [], {"a": [1, None]}])
def test_what_they_take_is_published(body: Any) -> None:
    (outcome,) = run_handler(lambda _: publish(FIFO, body, group="g-1!", attributes={"a.b": 1.5, "c": b"\0"}), "x")
    assert outcome.action == "acknowledged"
    assert len(outcome.published) == 1
