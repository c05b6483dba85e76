"""What ECS would run, out of the task definition."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest

from local.aws import Aws
from local.errors import BoxError
from local.workers.container import Container
from local.workers.health_check import HealthCheck
from local.workers.task import Task, process_environment, read_task


class _Ecs:
    def __init__(self, containers: list[dict[str, Any]], role: str = "role") -> None:
        self._containers = containers
        self._role = role
        self.endpoint_url, self.region = "http://127.0.0.1:1", "eu-west-1"

    def client(self, _service: str) -> _Ecs:
        return self

    def describe_services(self, cluster: str, services: list[str]) -> dict[str, Any]:
        assert (cluster, services) == ("cluster", ["service"])
        return {"services": [{"taskDefinition": "family:1", "desiredCount": 2}]}

    def describe_task_definition(self, **_arguments: str) -> dict[str, Any]:
        return {"taskDefinition": {"revision": 7, "taskRoleArn": self._role, "containerDefinitions": self._containers}}


TOLD = {"QUEUE_URI": "queue", "SNS_TOPIC_ARN": "topic"}
WORKER = {"name": "worker", "image": "orders:1", "environment": [{"name": key, "value": TOLD[key]} for key in TOLD]}


def _read(*containers: dict[str, Any]) -> Task:
    return read_task(cast("Aws", _Ecs(list(containers))), "cluster", "service")


def test_the_worker_is_the_container_that_is_told_a_topic_and_a_queue() -> None:
    proxy = {"name": "proxy", "image": "proxy:1", "essential": False, "stopTimeout": 9}
    task = _read(proxy, {**WORKER, "dependsOn": [{"containerName": "proxy", "condition": "START"}]})

    worker = Container("worker", "orders:1", [], [], TOLD, [], [], True, {"proxy": "START"}, 30, None, [])
    beside = Container("proxy", "proxy:1", [], [], {}, [], [], False, {}, 9, None, [])
    assert task == Task(7, 2, worker, [beside], "role", "")


def test_a_command_before_deployments_follows_the_entry_point() -> None:
    label = {"worker-service.pre-deploy-command": '["migrate", "up"]'}
    worker = _read({**WORKER, "entryPoint": ["python3"], "command": ["run.py"], "dockerLabels": label}).worker

    assert worker.before_deployments().command == ["python3", "migrate", "up"]
    assert worker.before_deployments().health_check is None
    assert _read(WORKER).worker.pre_deploy_command == []


@pytest.mark.parametrize(
    ("container", "command"),
    [
        ({"command": ["python", "-m", "other"]}, ["python", "-m", "other"]),
        ({"entryPoint": ["python3"], "command": ["run.py"]}, ["python3", "run.py"]),
        ({"command": ["sh", "-c", "python"]}, ["sh", "-c", "python"]),
    ],
)
def test_a_command_of_the_container_is_run(container: dict[str, Any], command: list[str]) -> None:
    assert _read({**WORKER, **container, "stopTimeout": 120}).worker.command == command


def test_a_task_without_a_role_is_refused() -> None:
    with pytest.raises(BoxError, match="service: its task definition has no task role"):
        read_task(cast("Aws", _Ecs([WORKER], role="")), "cluster", "service")


def test_a_process_gets_the_tasks_environment_and_nothing_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "WORKER_CONCURRENCY", "HTTP_PROXY", "PYTHONPATH"):
        monkeypatch.setenv(name, "the user's")
    monkeypatch.setenv("PATH", "/bin")
    container = Container.read({"image": "orders:1", "environment": [{"name": "QUEUE_NAME", "value": "orders"}]})

    environment = process_environment(
        container,
        {"TOKEN": "t"},
        cast("Aws", _Ecs([])),
        {"AWS_ACCESS_KEY_ID": "k"},
        Path("/own/bin/python"),
        "/box/1",
    )

    for name in ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ"):
        environment.pop(name, None)
    assert environment == {
        "PATH": "/own/bin:/bin",
        "WORKER_HEALTH_DIRECTORY": "/box/1",
        "QUEUE_NAME": "orders",
        "TOKEN": "t",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "k",
    }


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"command": ["CMD", "python", "-m", "x"]}, HealthCheck(["python", "-m", "x"], 30, 5, 3, 0)),
        (
            {"command": ["CMD-SHELL", "x || exit 1"], "interval": 5, "timeout": 2, "retries": 1, "startPeriod": 9},
            HealthCheck(["sh", "-c", "x || exit 1"], 5, 2, 1, 9),
        ),
        ({"command": ["NONE"]}, None),
    ],
)
def test_the_health_check_is_read_as_ecs_reads_it(check: dict[str, Any], expected: HealthCheck | None) -> None:
    assert _read({**WORKER, "healthCheck": check}).worker.health_check == expected
