"""A protected stack in use, under the real Pulumi engine: changes in place, and no way to lose messages.

Proves what the engine updates, replaces, keeps and refuses, by the provider's rules on what cannot change in place,
which the stand-in repeats (REPLACED_BY in tests/support/provider.py).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.engine import Stack, needs_pulumi, new_stack
from tests.support.provider import TASK_DEFINITION, Action

pytestmark = [needs_pulumi, pytest.mark.slow]

QUEUE = "aws:sqs/queue:Queue"
SERVICE = "aws:ecs/service:Service"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker"
TASKS_BY_SCALING = 7

HOLDS_WHAT_CANNOT_BE_MADE_AGAIN = {
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:kms/key:Key",
    "aws:sns/topic:Topic",
    "aws:sns/topicSubscription:TopicSubscription",
    QUEUE,
}


def test_a_protected_stack_changes_in_place_and_keeps_what_it_holds(tmp_path: Path) -> None:
    with new_stack(tmp_path) as stack:
        up = stack.up(source="", image=f"{IMAGE}:1", protect="true")
        assert up.exit_code == 0, up.output

        _change_the_visibility_timeout(stack)
        _change_the_image_while_scaling_is_at_work(stack)
        _destroy_is_refused(stack)
        _forced_destroy_keeps_messages_key_and_log(stack)


def _change_the_visibility_timeout(stack: Stack) -> None:
    changed = stack.up(visibility_timeout_seconds="120")

    assert changed.exit_code == 0, changed.output
    assert changed.actions == [Action("update", QUEUE, "worker-queue")]
    timeouts = {queue["name"]: queue.get("visibilityTimeoutSeconds") for queue in stack.aws.all(QUEUE)}
    assert timeouts[stack.outputs()["queue_name"]] == 120


def _change_the_image_while_scaling_is_at_work(stack: Stack) -> None:
    [service] = stack.aws.all(SERVICE)
    service["desiredCount"] = TASKS_BY_SCALING

    changed = stack.up("--refresh", image=f"{IMAGE}:2")

    assert changed.exit_code == 0, changed.output
    # The old revision is not deleted: a rollback needs it.
    assert changed.actions == [
        Action("create", TASK_DEFINITION, "worker-task-definition"),
        Action("update", SERVICE, "worker-service"),
    ]
    first, second = stack.aws.all(TASK_DEFINITION)
    assert (first["revision"], second["revision"]) == (1, 2)
    [service] = stack.aws.all(SERVICE)
    assert service["taskDefinition"] == second["arn"]
    assert service["desiredCount"] == TASKS_BY_SCALING


def _destroy_is_refused(stack: Stack) -> None:
    refused = stack.destroy()

    assert refused.exit_code != 0
    assert refused.actions == []
    told = " ".join(refused.output.split())
    assert "cannot be deleted because it is protected" in told
    assert "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`" in told


def _forced_destroy_keeps_messages_key_and_log(stack: Stack) -> None:
    stack.unprotect()

    forced = stack.destroy()

    assert forced.exit_code == 0, forced.output
    assert stack.resources() == []
    assert stack.aws.all(SERVICE) == []
    assert len(stack.aws.all(QUEUE)) == 2
    assert {key.type for key in stack.aws.cloud} >= HOLDS_WHAT_CANNOT_BE_MADE_AGAIN
