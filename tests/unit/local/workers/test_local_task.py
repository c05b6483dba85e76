"""What ECS would run, out of the task definition."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest

from local.aws import Aws
from local.errors import BoxError
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
        return {"taskDefinition": {"taskRoleArn": self._role, "containerDefinitions": self._containers}}


def _read(*containers: dict[str, Any]) -> Task:
    return read_task(cast("Aws", _Ecs(list(containers))), "cluster", "service")


def test_a_plain_container_runs_what_its_image_would() -> None:
    task = _read({"image": "orders:1", "environment": [{"name": "QUEUE_NAME", "value": "orders"}]})

    command = ["python", "-m", "worker_runtime"]
    assert task == Task(2, "orders:1", command, {"QUEUE_NAME": "orders"}, [], [], "role", "", 30, None)


@pytest.mark.parametrize(
    ("container", "command"),
    [
        ({"command": ["python", "-m", "other"]}, ["python", "-m", "other"]),
        ({"entryPoint": ["python3"], "command": ["run.py"]}, ["python3", "run.py"]),
        ({"command": ["sh", "-c", "python"]}, ["sh", "-c", "python"]),
    ],
)
def test_a_command_of_the_container_is_run(container: dict[str, Any], command: list[str]) -> None:
    assert _read({"image": "orders:1", **container, "stopTimeout": 120}).command == command


@pytest.mark.parametrize(
    ("containers", "problem"),
    [
        ([{}, {}], "service: the box runs one container a task, and its task definition has 2"),
    ],
)
def test_what_the_box_cannot_run_is_refused(containers: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(BoxError, match=problem):
        _read(*containers)


def test_a_task_without_a_role_is_refused() -> None:
    with pytest.raises(BoxError, match="service: its task definition has no task role"):
        read_task(cast("Aws", _Ecs([{}], role="")), "cluster", "service")


def test_a_process_gets_the_tasks_environment_and_nothing_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "WORKER_CONCURRENCY", "HTTP_PROXY", "PYTHONPATH"):
        monkeypatch.setenv(name, "the user's")
    monkeypatch.setenv("PATH", "/bin")
    task = Task(1, "orders:1", [], {"QUEUE_NAME": "orders"}, [], [], "role", "execution", 30, None)

    environment = process_environment(
        task, {"TOKEN": "t"}, cast("Aws", _Ecs([])), {"AWS_ACCESS_KEY_ID": "key"}, Path("/own/bin/python"), "/box/1"
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
        "AWS_ACCESS_KEY_ID": "key",
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
    assert _read({"image": "orders:1", "healthCheck": check}).health_check == expected
