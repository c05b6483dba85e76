"""The dev stack in the box under the real engine: what is created is there, and nothing is left after destroy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local.aws import Aws
from tests.support.box_stack import box_stack, everything
from tests.support.engine import needs_pulumi

IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker@sha256:" + "a" * 64

pytestmark = [needs_pulumi, pytest.mark.slow]


def test_the_dev_stack_from_preview_to_destroy(tmp_path: Path) -> None:
    with box_stack(tmp_path) as stack:
        before = everything(stack.aws)
        planned = stack.steps()
        assert set(planned.values()) == {"create"}
        assert everything(stack.aws) == before

        stack.deployed()
        exported, there = stack.outputs(), everything(stack.aws)
        assert sorted(there["queues"]) == sorted([exported["queue_url"], exported["dead_letter_queue_url"]])
        assert there["topics"] == [exported["topic_arn"]]
        assert [len(there[kind]) for kind in ("services", "repositories", "projects", "keys")] == [1, 2, 1, 2]
        assert stack.deployed("--expect-no-changes")
        assert there == everything(stack.aws)
        _assert_a_message_goes_through(stack.aws, exported)

        destroyed = stack.run("destroy", "--yes")
        assert destroyed.exit_code == 0, destroyed.output
        assert everything(stack.aws) == before


@pytest.mark.parametrize("name", ["pipeline", "production"])
def test_another_stack_comes_up_stays_as_it_is_and_goes(tmp_path: Path, name: str) -> None:
    with box_stack(tmp_path, name) as stack:
        before = everything(stack.aws)
        if name == "production":
            stack.set("image", IMAGE)
        stack.deployed()
        assert stack.deployed("--expect-no-changes")
        refreshed = stack.run("refresh", "--preview-only", "--expect-no-changes")
        assert refreshed.exit_code == 0, refreshed.output

        assert stack.run("destroy", "--yes").exit_code != 0
        stack.set("protect", "false")
        stack.deployed()
        destroyed = stack.run("destroy", "--yes")
        assert destroyed.exit_code == 0, destroyed.output
        assert everything(stack.aws) == before


def _assert_a_message_goes_through(aws: Aws, exported: dict[str, Any]) -> None:
    aws.client("sns").publish(TopicArn=exported["topic_arn"], Message="hello")
    [message] = aws.client("sqs").receive_message(QueueUrl=exported["queue_url"])["Messages"]
    assert json.loads(message["Body"])["Message"] == "hello"
