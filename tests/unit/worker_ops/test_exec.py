"""`workers exec`: in a task of ECS, and beside a worker of the box."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast

import pytest

from worker_ops.account import Account
from worker_ops.commands.exec_command import run_beside
from worker_ops.errors import OpsError
from worker_ops.places.place import LocalWorker
from worker_ops.rights import RIGHTS
from worker_ops.service.ecs_service import EcsService
from worker_ops.service.exec_session import open_session

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/orders"
TASKS = [f"arn:aws:ecs:eu-west-1:123456789012:task/orders/{id_}" for id_ in ("aaa1", "bbb2")]
SESSION = {"sessionId": "s-1", "streamUrl": "wss://ssm", "tokenValue": "token"}


class Ecs:
    """Answers as ECS does, and keeps the session that was asked for."""

    def __init__(self, *, enabled: bool = True) -> None:
        self.enabled = enabled
        self.asked: dict[str, Any] = {}
        self.operations: set[str] = set()

    def call(self, service: str, operation: str, **arguments: Any) -> dict[str, Any]:
        assert service == "ecs"
        self.operations.add(operation)
        if operation == "describe_services":
            return {"services": [{"status": "ACTIVE", "enableExecuteCommand": self.enabled}]}
        if operation == "list_tasks":
            return {"taskArns": TASKS}
        if operation == "describe_tasks":
            (id_,) = arguments["tasks"]
            arn = next(arn for arn in TASKS if arn.endswith(id_))
            return {"tasks": [{"taskArn": arn, "containers": [{"name": "worker", "runtimeId": f"{id_}-9"}]}]}
        assert operation == "execute_command"
        self.asked = arguments
        return {"session": SESSION}


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "session-manager-plugin"
    path.write_text('#!/bin/sh\nfor word in "$@"; do echo "$word"; done\nexit 3\n')
    path.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))


def service(ecs: Ecs) -> EcsService:
    return EcsService(cast("Account", ecs), CLUSTER, "orders-1")


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(("task", "meant"), [(None, "aaa1"), ("bbb", "bbb2")])
def test_the_plugin_gets_the_session_as_the_aws_cli_gives_it(
    capfd: pytest.CaptureFixture[str], task: str | None, meant: str
) -> None:
    ecs = Ecs()

    code = open_session(service(ecs), task, "python -V")

    given = capfd.readouterr().out.splitlines()
    assert code == 3
    assert json.loads(given[0]) == SESSION
    assert given[1:4] == ["eu-west-1", "StartSession", ""]
    assert json.loads(given[4]) == {"Target": f"ecs:orders_{meant}_{meant}-9"}
    assert ecs.asked == {
        "cluster": CLUSTER,
        "task": next(arn for arn in TASKS if arn.endswith(meant)),
        "container": "worker",
        "command": "python -V",
        "interactive": True,
    }


@pytest.mark.usefixtures("plugin")
def test_it_calls_what_its_rights_say() -> None:
    ecs = Ecs()
    open_session(service(ecs), None, "sh")

    called = {f"ecs:{operation.title().replace('_', '')}" for operation in ecs.operations}
    assert called == {action for actions in RIGHTS["exec"].values() for action in actions if action[:4] == "ecs:"}


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(
    ("ecs", "task", "told"),
    [
        (Ecs(enabled=False), None, "set enable_execute_command to true, and deploy"),
        (Ecs(), "ccc", "--task: no task ccc of orders-1 runs; there are: aaa1, bbb2"),
    ],
)
def test_what_keeps_a_session_from_opening_is_told(ecs: Ecs, task: str | None, told: str) -> None:
    with pytest.raises(OpsError, match=told):
        open_session(service(ecs), task, "sh")


def test_the_plugins_absence_is_told_before_anything_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(OpsError, match="ECS Exec needs session-manager-plugin on PATH"):
        open_session(service(Ecs()), None, "sh")


def test_in_the_box_a_command_has_the_workers_folder_and_environment(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = {"PATH": os.environ["PATH"], "QUEUE_NAME": "orders"}
    worker = LocalWorker("orders", 1, 7, tmp_path, environment, {})

    code = run_beside(worker, ["sh", "-c", "pwd; echo $QUEUE_NAME; exit 4"])

    assert (code, capfd.readouterr().out) == (4, f"{tmp_path}\norders\n")
    with pytest.raises(OpsError, match="nothing-such cannot be run: No such file or directory"):
        run_beside(worker, ["nothing-such"])
