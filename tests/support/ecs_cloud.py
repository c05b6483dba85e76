"""An account whose ECS tasks and services are what a test says, for what is done and told around deployments.

The calls are boto3's own, over HTTP to the emulator; moto's answers of these are replaced. What this cannot show: that
ECS accepts what it is asked.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from moto.core.responses import ActionResult
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.logs.responses import LogsResponse

from local.aws import NO_USER_SETTINGS, Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator

REGION = "eu-west-1"
TASK = "arn:aws:ecs:eu-west-1:111122223333:task/workers/0a1b2c3d"
CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/workers"
FAMILY = "arn:aws:ecs:eu-west-1:111122223333:task-definition/orders"


@dataclass
class EcsCloud:
    """The account, and what its ECS and its logs say."""

    aws: Aws
    command: list[str] = field(default_factory=lambda: ["python", "-m", "shop.migrate"])
    exit_code: int = 0
    """How the one-off task's worker container ends."""
    looks: int = 1
    """How often the one-off task is found running before it has stopped."""
    log: list[str] = field(default_factory=list)
    """Lines of every task."""
    failures: list[dict[str, str]] = field(default_factory=list)
    """Why no task starts."""
    is_running: bool = False
    """Whether a one-off task runs that somebody else has started."""
    stopped: list[dict[str, Any]] = field(default_factory=list)
    """Stopped tasks of the service, of the revision that is asked for."""
    started: list[dict[str, Any]] = field(default_factory=list)
    """The calls of RunTask."""
    ended: list[dict[str, Any]] = field(default_factory=list)
    """The calls of StopTask."""
    service: dict[str, Any] = field(default_factory=dict)
    """What of the service differs from one task of two that runs."""
    asked: str = f"{FAMILY}:1"
    """The revision that somebody described last."""

    def environment(self) -> dict[str, str]:
        """Environment variables that lead boto3 here."""
        return {"AWS_ENDPOINT_URL": self.aws.endpoint_url, **ADMIN_CREDENTIALS, **NO_USER_SETTINGS}

    def describe_task_definition(self, given: dict[str, Any]) -> dict[str, Any]:
        """Of the worker alone."""
        self.asked = given["taskDefinition"]
        options = {"awslogs-group": "orders-log", "awslogs-stream-prefix": "worker"}
        worker = {
            "name": "worker",
            "dockerLabels": {"worker-service.pre-deploy-command": json.dumps(self.command)},
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        return {"taskDefinition": {"containerDefinitions": [worker]}}

    def run_task(self, given: dict[str, Any]) -> dict[str, Any]:
        """Start the one-off task, unless there are failures."""
        self.started.append(given)
        self.asked = given["taskDefinition"]
        return {"tasks": [] if self.failures else [self._one_off("PROVISIONING")], "failures": self.failures}

    def stop_task(self, given: dict[str, Any]) -> dict[str, Any]:
        """Note it."""
        self.ended.append(given)
        return {"task": self._one_off("STOPPED")}

    def list_tasks(self, given: dict[str, Any]) -> dict[str, Any]:
        """The one-off task, or those of the service."""
        if "startedBy" in given:
            return {"taskArns": [TASK] if self.is_running else []}
        if given["desiredStatus"] == "STOPPED":
            return {"taskArns": [task["taskArn"] for task in self.stopped]}
        return {"taskArns": [f"{TASK}-running"]}

    def describe_tasks(self, given: dict[str, Any]) -> dict[str, Any]:
        """The one-off task, running or stopped, or those of the service."""
        if given["tasks"] == [TASK]:
            self.looks -= 1
            return {"tasks": [self._one_off("RUNNING" if self.looks >= 0 else "STOPPED")], "failures": []}
        running = {"taskArn": f"{TASK}-running", "lastStatus": "RUNNING", "healthStatus": "HEALTHY"}
        known = [{**running, "taskDefinitionArn": self._service()["taskDefinition"]}, *self.stopped]
        return {"tasks": [task for task in known if task["taskArn"] in given["tasks"]], "failures": []}

    def describe_services(self, given: dict[str, Any]) -> dict[str, Any]:
        """The one that is asked for."""
        return {"services": [{**self._service(), "serviceArn": given["services"][0]}], "failures": []}

    def _service(self) -> dict[str, Any]:
        plain = {"desiredCount": 2, "runningCount": 1, "deployments": [], "events": []}
        return {**plain, "taskDefinition": f"{FAMILY}:1", **self.service}

    def _one_off(self, status: str) -> dict[str, Any]:
        ended = {"exitCode": self.exit_code} if status == "STOPPED" else {}
        return {
            "taskArn": TASK,
            "taskDefinitionArn": self.asked,
            "lastStatus": status,
            "stoppedReason": "Essential container in task exited" if ended else "",
            "containers": [{"name": "worker", **ended}],
        }


_CALLS = (
    "describe_task_definition",
    "run_task",
    "stop_task",
    "list_tasks",
    "describe_tasks",
    "describe_services",
)


@contextmanager
def ecs_cloud() -> Iterator[EcsCloud]:
    """An account that says what the EcsCloud does."""
    with Emulator() as emulator, contextlib.ExitStack() as patches:
        cloud = EcsCloud(Aws(emulator.endpoint_url, REGION, ADMIN_CREDENTIALS))

        def answering(name: str) -> Any:
            return lambda response: ActionResult(getattr(cloud, name)(json.loads(response.body)))

        for name in _CALLS:
            patches.enter_context(mock.patch.object(EC2ContainerServiceResponse, name, answering(name)))

        def get_log_events(response: LogsResponse) -> ActionResult:
            events = [{"message": line, "timestamp": 0, "ingestionTime": 0} for line in cloud.log]
            given = json.loads(response.body)
            shown = [] if "nextToken" in given else events
            return ActionResult({"events": shown, "nextForwardToken": "f/1", "nextBackwardToken": "b/1"})

        patches.enter_context(mock.patch.object(LogsResponse, "get_log_events", get_log_events))
        yield cloud
