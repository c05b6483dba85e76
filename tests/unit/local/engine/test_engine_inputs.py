"""What the box's aws provider makes of inputs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from local.engine.inputs import (
    GIVEN,
    NAMED_BY,
    changed_inputs,
    is_named_by_program,
    is_same,
    live_inputs,
    settled,
    with_name,
)
from local.engine.kinds import KINDS
from local.engine.replacements import REPLACED_BY
from local.provisioner.creators import CREATORS

QUEUE = "aws:sqs/queue:Queue"
#: Not the aws provider's.
OTHERS = {"awsx:ec2:Vpc", "pulumi-python:dynamic/workers:ImageBuild"}


def test_every_type_that_can_be_created_can_be_read_changed_and_deleted() -> None:
    assert set(KINDS) == set(CREATORS) - OTHERS
    # A VPC of awsx is made of parts, each with its own row.
    assert set(REPLACED_BY) - {"awsx:ec2:Vpc"} == set(KINDS)


def test_a_name_that_a_provider_gives_cannot_be_changed_in_place() -> None:
    assert [type_ for type_, key in NAMED_BY.items() if key not in REPLACED_BY[type_]] == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('{"a": 1, "b": []}', '{"b": [],"a":1}', True),
        ('{"a": 1}', '{"a": 2}', False),
        ({}, None, True),
        ([], None, True),
        ("", None, True),
        (False, None, True),
        (0, None, False),
        (True, False, False),
        ("{not json", "{not json}", False),
        ([1, 2], [2, 1], False),
    ],
)
def test_what_is_the_same(one: Any, other: Any, same: bool) -> None:
    assert is_same(one, other) is same


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ({"visibilityTimeoutSeconds": 30}, {}, set()),
        ({"visibilityTimeoutSeconds": 31}, {}, {"visibilityTimeoutSeconds"}),
        ({"delaySeconds": 900}, {}, {"delaySeconds"}),
        ({"policy": "{}", "redrivePolicy": '{"a": 1}'}, {}, set()),
        ({}, {"redrivePolicy": '{"a": 1}'}, {"redrivePolicy"}),
        ({"name": "a", GIVEN: ["name"]}, {"name": "a"}, set()),
        ({"tags": {"a": "b"}}, {}, {"tags"}),
    ],
)
def test_what_changes_of_a_queue(old: dict[str, Any], new: dict[str, Any], changed: set[str]) -> None:
    assert changed_inputs(QUEUE, old, new) == changed


def test_a_name_is_made_up_once_and_kept() -> None:
    made_up = with_name(QUEUE, "orders", {}, {"fifoQueue": True})
    assert re.fullmatch(r"orders-[0-9a-f]{7}\.fifo", made_up["name"])
    assert not is_named_by_program(QUEUE, made_up)
    assert with_name(QUEUE, "orders", made_up, {})["name"] == made_up["name"]
    assert with_name(QUEUE, "orders", made_up, {"name": "mine"}) == {"name": "mine"}
    assert is_named_by_program(QUEUE, {"name": "mine"})


def test_an_import_has_the_inputs_that_are_not_the_default() -> None:
    live = {"arn": "arn:...", "name": "live", "delaySeconds": 5, "visibilityTimeoutSeconds": 30, "policy": "{}"}
    assert live_inputs(QUEUE, {}, live) == {"name": "live", "delaySeconds": 5}


def test_a_refresh_has_the_inputs_that_were_given_as_they_are_now_and_what_hands_added() -> None:
    live = {"visibilityTimeoutSeconds": 5, "delaySeconds": 900, "sqsManagedSseEnabled": True, "tags": {"by": "hand"}}
    assert live_inputs(QUEUE, {"visibilityTimeoutSeconds": 60}, live) == {
        "visibilityTimeoutSeconds": 5,
        "delaySeconds": 900,
        "tags": {"by": "hand"},
    }


def test_what_is_live_keeps_the_words_of_what_is_known() -> None:
    assert settled({"policy": '{"a": 1}'}, {"policy": '{"a":1}', "arn": "x"}) == {"policy": '{"a": 1}', "arn": "x"}
