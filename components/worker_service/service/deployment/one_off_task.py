"""A command that runs before a deployment, as a task of its own: started, followed, and its verdict told.

Clients are boto3's, passed in.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from worker_service.inputs.names import CONTAINER_NAME
from worker_service.service.deployment.stopped_task import stopped_reason
from worker_service.service.deployment.task_log import TaskLog
from worker_service.service.task_options import COMMAND_LABEL

#: How often ECS is asked how far the task is.
POLL_SECONDS = 3.0
#: The last lines of a failed command that are shown once more.
LAST_LINES = 20


class PreDeployError(Exception):
    """The command failed; the message says why, and what to do next."""


@dataclass(frozen=True)
class OneOffTask:
    """A task of the new revision, in the service's own network, with another command."""

    cluster_arn: str
    task_definition_arn: str
    network: Mapping[str, Any]
    """The service's networkConfiguration, as the provider has it."""
    name: str
    """The service's own name, which says what started the task."""
    timeout_seconds: float

    @property
    def started_by(self) -> str:
        """ECS keeps 36 characters of it everywhere."""
        return f"pre-deploy-{self.name}"[:36]


def pre_deploy_command(definition: Mapping[str, Any]) -> list[str]:
    """The command in a task definition; empty where it has none."""
    for container in definition["containerDefinitions"]:
        if container.get("name") == CONTAINER_NAME:
            return json.loads(container.get("dockerLabels", {}).get(COMMAND_LABEL, "[]"))
    return []


def run_pre_deploy(ecs: Any, logs: Any, task: OneOffTask, report: Callable[[str], None]) -> None:
    """Run the command, report its lines, and return when it has succeeded.

    One that an interrupted `pulumi up` left running is followed. Raises PreDeployError.
    """
    definition = ecs.describe_task_definition(taskDefinition=task.task_definition_arn)["taskDefinition"]
    command = pre_deploy_command(definition)
    task_arn = _running(ecs, task) or _started(ecs, task, command)
    report(f"pre_deploy_command {' '.join(command)}: task {task_arn.rpartition('/')[2]}")
    log = TaskLog.of(logs, definition, task_arn)
    last_lines: deque[str] = deque(maxlen=LAST_LINES)
    deadline = time.monotonic() + task.timeout_seconds
    while True:
        [described] = ecs.describe_tasks(cluster=task.cluster_arn, tasks=[task_arn])["tasks"]
        for line in log.new_lines():
            last_lines.append(line)
            report(f"  {line}")
        if described["lastStatus"] == "STOPPED":
            break
        if time.monotonic() >= deadline:
            ecs.stop_task(cluster=task.cluster_arn, task=task_arn, reason="pre_deploy_timeout_minutes is over")
            raise _failed(
                command,
                f"it was stopped after {task.timeout_seconds / 60:.0f} minutes",
                "raise pre_deploy_timeout_minutes, or look what it waits for, and run `pulumi up` again",
                last_lines,
            )
        time.sleep(POLL_SECONDS)
    exit_codes = {container["name"]: container.get("exitCode") for container in described["containers"]}
    if exit_codes.get(CONTAINER_NAME) != 0:
        raise _failed(command, *stopped_reason(described), last_lines)
    report("pre_deploy_command succeeded: deploying")


def _running(ecs: Any, task: OneOffTask) -> str | None:
    arns = ecs.list_tasks(cluster=task.cluster_arn, startedBy=task.started_by)["taskArns"]
    if not arns:
        return None
    tasks = ecs.describe_tasks(cluster=task.cluster_arn, tasks=arns)["tasks"]
    same = (one["taskArn"] for one in tasks if one["taskDefinitionArn"] == task.task_definition_arn)
    return next(same, None)


def _started(ecs: Any, task: OneOffTask, command: list[str]) -> str:
    network = task.network
    answer = ecs.run_task(
        cluster=task.cluster_arn,
        taskDefinition=task.task_definition_arn,
        # Not on Spot: a migration that is cut off is worse than one that costs a little more.
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": network["subnets"],
                "securityGroups": network.get("securityGroups") or [],
                "assignPublicIp": "ENABLED" if network.get("assignPublicIp") else "DISABLED",
            }
        },
        overrides={"containerOverrides": [{"name": CONTAINER_NAME, "command": command}]},
        startedBy=task.started_by,
    )
    if not answer["tasks"]:
        reasons = "; ".join(failure.get("reason", "") for failure in answer["failures"]) or "no reason"
        raise _failed(command, f"ECS started no task: {reasons}", "run `pulumi up` again", deque())
    return answer["tasks"][0]["taskArn"]


def _failed(command: list[str], why: str, next_step: str, last_lines: deque[str]) -> PreDeployError:
    lines = "".join(f"\n  {line}" for line in last_lines) or "\n  (it wrote nothing)"
    return PreDeployError(
        f"pre_deploy_command {' '.join(command)} failed, and nothing was deployed: {why}; its last lines:{lines}"
        f"\n  next: {next_step}"
    )
