"""What is told after a deployment: what runs, or why not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.ecs_cloud import CLUSTER, FAMILY, TASK, EcsCloud, ecs_cloud
from worker_service.service.deployment.service_report import what_runs, why_not

SERVICE = "arn:aws:ecs:eu-west-1:111122223333:service/workers/orders-service-1"


@pytest.fixture
def cloud() -> Iterator[EcsCloud]:
    with ecs_cloud() as cloud:
        yield cloud


def told(cloud: EcsCloud, revision: int) -> list[str]:
    ecs, logs = cloud.aws.client("ecs"), cloud.aws.client("logs")
    return why_not(ecs, logs, "orders", CLUSTER, SERVICE, f"{FAMILY}:{revision}").splitlines()


def test_the_running_revision_and_its_healthy_tasks(cloud: EcsCloud) -> None:
    said = what_runs(cloud.aws.client("ecs"), "orders", CLUSTER, SERVICE)
    assert said == "orders: revision 1 runs, 1 of 2 tasks healthy"


def test_a_service_at_zero_has_no_task_that_could_be_healthy(cloud: EcsCloud) -> None:
    cloud.service = {"desiredCount": 0}
    said = what_runs(cloud.aws.client("ecs"), "orders", CLUSTER, SERVICE)
    assert said == "orders: revision 1 is deployed; no task runs, and scaling starts one when a message waits"


def test_a_rollback_is_told_with_each_reason_once_and_the_last_lines(cloud: EcsCloud) -> None:
    cloud.service = {
        "deployments": [{"taskDefinition": f"{FAMILY}:2", "rolloutStateReason": "ECS deployment circuit breaker."}]
    }
    cloud.stopped = [
        {
            "taskArn": f"{TASK}-{number}",
            "taskDefinitionArn": f"{FAMILY}:2",
            "stoppedAt": number,
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "worker", "exitCode": 2}],
        }
        for number in range(3)
    ]
    cloud.log = ["The worker cannot start: 1 problem.", "  - WORKER_HANDLER: no module named shop"]
    assert told(cloud, 2) == [
        "orders: revision 2 is not deployed",
        "  ECS went back to revision 1: 1 of 2 tasks run (ECS deployment circuit breaker.)",
        (
            "  3 task(s) stopped: its container worker ended with exit code 2: a setting is wrong, or the handler"
            " cannot be imported"
        ),
        "    next: its last lines name each problem; mend the code or the input and deploy again",
        "  the last lines of one:",
        "    The worker cannot start: 1 problem.",
        "      - WORKER_HANDLER: no module named shop",
    ]


def test_where_no_task_was_even_started_ecss_own_events_are_told(cloud: EcsCloud) -> None:
    cloud.service = {
        "events": [{"id": "1", "message": "unable to place a task: capacity is unavailable", "createdAt": 0}]
    }
    assert told(cloud, 1) == [
        "orders: revision 1 is not deployed",
        "  1 of 2 tasks run",
        "  ECS: unable to place a task: capacity is unavailable",
    ]
