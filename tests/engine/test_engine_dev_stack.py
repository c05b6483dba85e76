"""The life of the dev stack under the real Pulumi engine, from the first preview to its end.

Proves what the engine makes of the program: what is created, updated in place, replaced, kept and refused. The provider
is a stand-in, so it does not prove that AWS accepts the inputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.engine import Result, needs_pulumi, new_stack
from tests.support.provider import TASK_DEFINITION, Action

# One story, told once: the group keeps its tests in one xdist worker.
pytestmark = [needs_pulumi, pytest.mark.xdist_group("engine_dev_stack")]

QUEUE = "aws:sqs/queue:Queue"
SERVICE = "aws:ecs/service:Service"
REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker"
TASKS_BY_SCALING = 7


@dataclass(frozen=True)
class Story:
    """What each command did, in order, and what it left."""

    preview: Result
    up: Result
    outputs: dict[str, Any]
    second_up: Result
    changed_timeout: Result
    timeouts: dict[str, int]
    changed_image: Result
    task_definitions_after_image: list[dict[str, Any]]
    service_after_image: dict[str, Any]
    destroy: Result
    left_in_the_cloud: list[str]
    left_in_the_stack: list[str]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with new_stack(tmp_path_factory.mktemp("dev-stack")) as stack:
        preview = stack.preview("--config", f"image={REPOSITORY}:1")
        up = stack.up(image=f"{REPOSITORY}:1")
        outputs = stack.outputs()
        second_up = stack.up("--expect-no-changes")
        changed_timeout = stack.up(visibility_timeout_seconds="120")
        timeouts = {
            queue["name"]: queue["visibilityTimeoutSeconds"]
            for queue in stack.aws.all(QUEUE)
            if "visibilityTimeoutSeconds" in queue
        }
        for service in stack.aws.all(SERVICE):
            service["desiredCount"] = TASKS_BY_SCALING
        changed_image = stack.up("--refresh", image=f"{REPOSITORY}:2")
        task_definitions_after_image = stack.aws.all(TASK_DEFINITION)
        service_after_image = stack.aws.all(SERVICE)[0]
        destroy = stack.destroy()
        yield Story(
            preview=preview,
            up=up,
            outputs=outputs,
            second_up=second_up,
            changed_timeout=changed_timeout,
            timeouts=timeouts,
            changed_image=changed_image,
            task_definitions_after_image=task_definitions_after_image,
            service_after_image=service_after_image,
            destroy=destroy,
            left_in_the_cloud=sorted({key.type for key in stack.aws.cloud}),
            left_in_the_stack=stack.resources(),
        )


def test_preview_foretells_everything_and_creates_nothing(story: Story) -> None:
    foretold = re.search(r"\+ (\d+) to create", story.preview.output)
    created = re.search(r"\+ (\d+) created", story.up.output)

    assert story.preview.exit_code == 0, story.preview.output
    assert story.preview.actions == []
    assert foretold
    assert created
    assert foretold[1] == created[1]


def test_up_creates_everything_once(story: Story) -> None:
    assert story.up.exit_code == 0, story.up.output
    assert {action.operation for action in story.up.actions} == {"create"}
    assert len(story.up.actions) == len(set(story.up.actions))


def test_up_exports_what_users_need(story: Story) -> None:
    queue, dead_letter_queue = story.outputs["queue_name"], story.outputs["dead_letter_queue_name"]

    assert sorted(story.outputs) == [
        "cluster_arn",
        "dead_letter_queue_arn",
        "dead_letter_queue_name",
        "dead_letter_queue_url",
        "log_group_name",
        "private_subnet_ids",
        "public_subnet_ids",
        "queue_arn",
        "queue_name",
        "queue_url",
        "service_name",
        "task_role_arn",
        "topic_arn",
        "vpc_id",
    ]
    assert story.outputs["queue_url"] == f"https://sqs.eu-west-1.amazonaws.com/111122223333/{queue}"
    assert story.outputs["dead_letter_queue_arn"] == f"arn:aws:sqs:eu-west-1:111122223333:{dead_letter_queue}"
    assert queue != dead_letter_queue


def test_a_second_up_changes_nothing(story: Story) -> None:
    assert story.second_up.exit_code == 0, story.second_up.output
    assert story.second_up.actions == []


def test_a_changed_visibility_timeout_updates_the_queue_in_place(story: Story) -> None:
    assert story.changed_timeout.exit_code == 0, story.changed_timeout.output
    assert story.changed_timeout.actions == [Action("update", QUEUE, "worker-queue")]
    assert story.timeouts == {story.outputs["queue_name"]: 120}


def test_a_changed_image_keeps_the_old_revision_for_rollback(story: Story) -> None:
    assert story.changed_image.exit_code == 0, story.changed_image.output
    assert story.changed_image.actions == [
        Action("create", TASK_DEFINITION, "worker-task-definition"),
        Action("update", SERVICE, "worker-service"),
    ]
    assert [definition["revision"] for definition in story.task_definitions_after_image] == [1, 2]
    assert story.service_after_image["taskDefinition"] == story.task_definitions_after_image[1]["arn"]


def test_up_leaves_the_number_of_tasks_to_scaling(story: Story) -> None:
    assert story.service_after_image["desiredCount"] == TASKS_BY_SCALING


def test_destroy_leaves_only_what_goes_with_something_deleted_or_is_free(story: Story) -> None:
    assert story.destroy.exit_code == 0, story.destroy.output
    assert story.left_in_the_stack == []
    assert story.left_in_the_cloud == [
        TASK_DEFINITION,
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        "aws:sqs/redrivePolicy:RedrivePolicy",
    ]
