"""A command before a deployment: how its task is started and followed, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.ecs_cloud import CLUSTER, FAMILY, EcsCloud, ecs_cloud
from worker_service.service.deployment import one_off_task
from worker_service.service.deployment.one_off_task import OneOffTask, PreDeployError, run_pre_deploy

NETWORK = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": True}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[EcsCloud]:
    monkeypatch.setattr(one_off_task, "POLL_SECONDS", 0.0)
    with ecs_cloud() as cloud:
        yield cloud


def run(cloud: EcsCloud, timeout_seconds: float = 60) -> list[str]:
    """What is reported."""
    lines: list[str] = []
    task = OneOffTask(CLUSTER, f"{FAMILY}:7", NETWORK, "orders", timeout_seconds)
    run_pre_deploy(cloud.aws.client("ecs"), cloud.aws.client("logs"), task, lines.append)
    return lines


def test_the_command_runs_in_the_services_network_and_its_lines_are_told_as_they_come(cloud: EcsCloud) -> None:
    cloud.log = ["table orders made", "done"]
    assert run(cloud) == [
        "pre_deploy_command python -m shop.migrate: task 0a1b2c3d",
        "  table orders made",
        "  done",
        "pre_deploy_command succeeded: deploying",
    ]
    [started] = cloud.started
    assert started.pop("clientToken")
    assert started == {
        "cluster": CLUSTER,
        "taskDefinition": f"{FAMILY}:7",
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-1"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "ENABLED",
            }
        },
        "overrides": {"containerOverrides": [{"name": "worker", "command": ["python", "-m", "shop.migrate"]}]},
        "startedBy": "pre-deploy-orders",
    }


def test_a_command_that_fails_is_told_with_its_last_lines_and_what_to_do(cloud: EcsCloud) -> None:
    cloud.exit_code, cloud.log = 1, [f"line {number}" for number in range(30)]
    with pytest.raises(PreDeployError) as failed:
        run(cloud)
    first, *lines, then = str(failed.value).splitlines()
    assert first == (
        "pre_deploy_command python -m shop.migrate failed, and nothing was deployed: its container worker ended with"
        " exit code 1; its last lines:"
    )
    assert lines == [f"  line {number}" for number in range(10, 30)]
    assert then == "  next: read its last lines, mend what they show and deploy again"


def test_a_task_that_an_interrupted_up_left_running_is_followed(cloud: EcsCloud) -> None:
    cloud.is_running, cloud.asked = True, f"{FAMILY}:7"
    assert run(cloud)[-1] == "pre_deploy_command succeeded: deploying"
    assert cloud.started == []


def test_one_that_takes_too_long_is_stopped(cloud: EcsCloud) -> None:
    cloud.looks = 1_000
    with pytest.raises(
        PreDeployError, match=r"it was stopped after 0 minutes; its last lines:\n  \(it wrote nothing\)"
    ):
        run(cloud, timeout_seconds=0)
    assert [call["reason"] for call in cloud.ended] == ["pre_deploy_timeout_minutes is over"]


def test_why_ecs_starts_none_is_told(cloud: EcsCloud) -> None:
    cloud.failures = [{"reason": "Capacity is unavailable at this time"}]
    with pytest.raises(PreDeployError, match="ECS started no task: Capacity is unavailable at this time"):
        run(cloud)
