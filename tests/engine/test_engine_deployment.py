"""What is done and told around a deployment, under the real Pulumi engine: a command before it, and the truth after it.

ECS and its logs are what tests/support/ecs_cloud.py says; the stack's resources are those of the stand-in provider.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.ecs_cloud import TASK, EcsCloud, ecs_cloud
from tests.support.engine import Stack, needs_pulumi, new_stack
from tests.support.provider import TASK_DEFINITION

pytestmark = [needs_pulumi, pytest.mark.slow]

SERVICE = "aws:ecs/service:Service"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker"


def test_a_migration_before_deployments_and_the_truth_after_them(tmp_path: Path) -> None:
    with ecs_cloud() as cloud, new_stack(tmp_path, environment=cloud.environment()) as stack:
        cloud.command = ["migrate", "orders"]
        for index, word in enumerate(cloud.command):
            done = stack.command("config", "set", "--path", f"pre_deploy_command[{index}]", word)
            assert done.exit_code == 0, done.output
        _a_migration_that_fails_deploys_nothing(stack, cloud)
        _one_that_succeeds_is_told_and_the_service_made(stack, cloud)
        _nothing_runs_where_nothing_is_deployed(stack, cloud)
        _a_deployment_that_ecs_rolls_back_is_told_with_its_reasons(stack, cloud)


def _a_migration_that_fails_deploys_nothing(stack: Stack, cloud: EcsCloud) -> None:
    cloud.exit_code, cloud.log = 1, ["table orders is locked"]
    preview = stack.preview()
    assert preview.exit_code == 0, preview.output
    assert cloud.started == []

    up = stack.up(source="", image=f"{IMAGE}:1")

    assert up.exit_code != 0
    assert "pre_deploy_command migrate orders failed, and nothing was deployed" in up.output
    assert "table orders is locked" in up.output
    assert stack.aws.all(SERVICE) == []


def _one_that_succeeds_is_told_and_the_service_made(stack: Stack, cloud: EcsCloud) -> None:
    cloud.exit_code, cloud.log, cloud.looks = 0, ["table orders made"], 1
    cloud.started.clear()

    up = stack.up()

    assert up.exit_code == 0, up.output
    assert "table orders made" in up.output
    assert "pre_deploy_command succeeded: deploying" in up.output
    assert "worker: revision 1 runs, 1 of 2 tasks healthy" in up.output
    [started] = cloud.started
    [definition] = stack.aws.all(TASK_DEFINITION)
    [service] = stack.aws.all(SERVICE)
    assert started["taskDefinition"] == service["taskDefinition"] == definition["arn"]
    network = started["networkConfiguration"]["awsvpcConfiguration"]
    assert network["securityGroups"] == service["networkConfiguration"]["securityGroups"]


def _nothing_runs_where_nothing_is_deployed(stack: Stack, cloud: EcsCloud) -> None:
    cloud.started.clear()
    assert stack.up("--expect-no-changes").exit_code == 0
    changed = stack.up(minimum_healthy_percent="50")
    assert changed.exit_code == 0, changed.output
    assert cloud.started == []


def _a_deployment_that_ecs_rolls_back_is_told_with_its_reasons(stack: Stack, cloud: EcsCloud) -> None:
    cloud.looks = 1
    [definition] = stack.aws.all(TASK_DEFINITION)
    next_revision = definition["arn"].rpartition(":")[0] + ":2"
    cloud.stopped = [
        {
            "taskArn": f"{TASK}-1",
            "taskDefinitionArn": next_revision,
            "stoppedAt": 1,
            "stoppedReason": "CannotPullContainerError: not found",
            "containers": [],
        }
    ]
    stack.aws.refused_updates.add(SERVICE)

    up = stack.up(image=f"{IMAGE}:2")

    assert up.exit_code != 0
    assert len(cloud.started) == 1
    assert "worker: revision 2 is not deployed" in up.output
    assert "1 task(s) stopped: its image cannot be pulled (CannotPullContainerError: not found)" in up.output
    assert "next: look whether the image is in its registry" in up.output
