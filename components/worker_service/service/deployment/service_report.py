"""What of a service runs after a deployment, or why not, from what ECS says. Clients are boto3's, passed in."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from worker_service.service.deployment.stopped_task import stopped_reason
from worker_service.service.deployment.task_log import TaskLog

#: DescribeTasks takes no more at once.
_TASKS_AT_ONCE = 100
_LAST_LINES = 15
_EVENTS = 3


def what_runs(ecs: Any, name: str, cluster_arn: str, service_arn: str) -> str:
    """A line: the running revision, and how many of its tasks are healthy."""
    [service] = ecs.describe_services(cluster=cluster_arn, services=[service_arn])["services"]
    revision = service["taskDefinition"].rpartition(":")[2]
    if service["desiredCount"] == 0:
        return f"{name}: revision {revision} is deployed; no task runs, and scaling starts one when a message waits"
    tasks = _tasks(ecs, cluster_arn, service_arn, "RUNNING", service["taskDefinition"])
    healthy = sum(task.get("healthStatus") != "UNHEALTHY" and task["lastStatus"] == "RUNNING" for task in tasks)
    return f"{name}: revision {revision} runs, {healthy} of {service['desiredCount']} tasks healthy"


def why_not(ecs: Any, logs: Any, name: str, cluster_arn: str, service_arn: str, task_definition_arn: str) -> str:
    """Lines: what runs in its place, and why the tasks of the revision stopped, each reason once with the next step."""
    services = ecs.describe_services(cluster=cluster_arn, services=[service_arn])["services"]
    revision = task_definition_arn.rpartition(":")[2]
    lines = [f"{name}: revision {revision} is not deployed"]
    if services:
        lines.append(f"  {_in_its_place(services[0], task_definition_arn)}")
    stopped = _tasks(ecs, cluster_arn, service_arn, "STOPPED", task_definition_arn)
    for (words, next_step), count in Counter(map(stopped_reason, stopped)).most_common():
        lines.append(f"  {count} task(s) stopped: {words}\n    next: {next_step}")
    lines += _last_lines(ecs, logs, task_definition_arn, stopped)
    if not stopped and services:
        lines += [f"  ECS: {event['message']}" for event in services[0].get("events", [])[:_EVENTS]]
    return "\n".join(lines)


def _in_its_place(service: Mapping[str, Any], task_definition_arn: str) -> str:
    deployments = service.get("deployments", [])
    why = [one.get("rolloutStateReason", "") for one in deployments if one["taskDefinition"] == task_definition_arn]
    said = f" ({why[0]})" if why and why[0] else ""
    running = f"{service['runningCount']} of {service['desiredCount']} tasks run{said}"
    if service["taskDefinition"] != task_definition_arn:
        revision = service["taskDefinition"].rpartition(":")[2]
        return f"ECS went back to revision {revision}: {running}"
    return running


def _last_lines(ecs: Any, logs: Any, task_definition_arn: str, stopped: list[dict[str, Any]]) -> list[str]:
    """Of the task that stopped last, where it wrote any."""
    if not stopped:
        return []
    last = max(stopped, key=lambda task: str(task.get("stoppedAt", "")))
    definition = ecs.describe_task_definition(taskDefinition=task_definition_arn)["taskDefinition"]
    lines = list(TaskLog.of(logs, definition, last["taskArn"]).new_lines())[-_LAST_LINES:]
    return ["  the last lines of one:", *(f"    {line}" for line in lines)] if lines else []


def _tasks(ecs: Any, cluster_arn: str, service_arn: str, status: str, task_definition_arn: str) -> list[dict[str, Any]]:
    arns = ecs.list_tasks(
        cluster=cluster_arn, serviceName=service_arn.rpartition("/")[2], desiredStatus=status, maxResults=_TASKS_AT_ONCE
    )["taskArns"]
    tasks = ecs.describe_tasks(cluster=cluster_arn, tasks=arns)["tasks"] if arns else []
    return [task for task in tasks if task["taskDefinitionArn"] == task_definition_arn]
