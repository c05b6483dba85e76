"""A session of ECS Exec: the API opens it, and AWS's own Session Manager plugin carries it."""

from __future__ import annotations

import json
import shutil
import signal
from typing import Any

from botocore.exceptions import ClientError

from worker_ops.child import run_child
from worker_ops.errors import OpsError
from worker_ops.service.ecs_service import EcsService

_PLUGIN = "session-manager-plugin"
_INSTALL = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html"
)


def open_session(service: EcsService, task_id: str | None, line: str) -> int:
    """Run the command line in the task whose id begins so, and return the plugin's exit code. Raises OpsError."""
    plugin = shutil.which(_PLUGIN)
    if plugin is None:
        raise OpsError(f"ECS Exec needs {_PLUGIN} on PATH: {_INSTALL}")
    if not service.describe().get("enableExecuteCommand"):
        raise OpsError(f"{service.name} was deployed without ECS Exec: set enable_execute_command to true, and deploy")
    task = _task(service, task_id)
    container = task["containers"][0]
    try:
        session = service.account.call(
            "ecs",
            "execute_command",
            cluster=service.cluster_arn,
            task=task["taskArn"],
            container=container["name"],
            command=line,
            interactive=True,
        )["session"]
    except ClientError as error:
        raise OpsError(f"ECS opens no session: {error.response['Error'].get('Message')}") from None
    return _carry(plugin, service, session, _target(service, task, container))


def _task(service: EcsService, task_id: str | None) -> dict[str, Any]:
    call = service.account.call
    arns = call("ecs", "list_tasks", cluster=service.cluster_arn, serviceName=service.name, desiredStatus="RUNNING")
    ids = [arn.rpartition("/")[2] for arn in arns["taskArns"]]
    chosen = next((id_ for id_ in ids if id_.startswith(task_id or "")), None)
    if chosen is None:
        raise OpsError(f"--task: no task {task_id or ''} of {service.name} runs; there are: {', '.join(ids) or 'none'}")
    return call("ecs", "describe_tasks", cluster=service.cluster_arn, tasks=[chosen])["tasks"][0]


def _target(service: EcsService, task: dict[str, Any], container: dict[str, Any]) -> str:
    """As the AWS CLI names it to the plugin."""
    cluster, id_ = service.cluster_arn.rpartition("/")[2], task["taskArn"].rpartition("/")[2]
    return f"ecs:{cluster}_{id_}_{container['runtimeId']}"


def _carry(plugin: str, service: EcsService, session: dict[str, Any], target: str) -> int:
    region = service.cluster_arn.split(":")[3]
    arguments = [json.dumps(session), region, "StartSession", "", json.dumps({"Target": target})]
    # What the terminal sends goes to the session, and does not end or stop the command that carries it.
    return run_child([plugin, *arguments], its_own=[signal.SIGTSTP])
