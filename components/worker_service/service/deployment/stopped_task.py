"""Why a task stopped, in words with the next step, from what ECS says of it.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

import re
from collections.abc import Mapping
from typing import Any

from worker_service.inputs.names import CONTAINER_NAME

#: What the worker ends with where a setting or its handler does not load.
EXIT_BAD_SETTINGS = 2
#: SIGKILL's number above 128: a container that used too much memory, or would not stop.
_KILLED = 137

_REACH = "tasks reach AWS: public ones need assign_public_ip, private ones a NAT gateway or endpoints"

#: What stands in ECS's reason, what it means, and what to do.
_REASONS = (
    (
        r"CannotPull\w*Error|CannotPull",
        "its image cannot be pulled",
        f"look whether the image is in its registry, and whether {_REACH}",
    ),
    (
        r"unable to (pull|retrieve) secrets?|retrieve secret from|secretsmanager|ssm:|invalid character",
        "a secret cannot be read",
        "look whether its ARN in secrets is right, and name a key of your own in secret_kms_key_arns",
    ),
    (
        r"environment files?|env files?",
        "an environment file cannot be read",
        "look whether environment_files names an object that is there",
    ),
    (
        r"exec format error",
        "its image is for another CPU",
        "set architecture to the one that the image was built for",
    ),
    (
        r"CannotStartContainer|CannotCreateContainer|executable file not found",
        "its container cannot be started",
        "look whether entry_point and command name a program of the image, and user one that may run it",
    ),
    (
        r"OutOfMemory",
        "it ran out of memory",
        "choose a larger task_size, a lower concurrency, or a sidecar that takes less",
    ),
    (
        r"failed container health checks|unhealthy",
        "it failed its health check",
        "read its last lines; where only the start is slow, raise health_check.start_period_seconds",
    ),
    (
        r"validate logger args|log group does not exist|CannotStartLog",
        "its log group is missing",
        "make the log group again with: pulumi up --refresh",
    ),
    (
        r"Capacity is unavailable|RESOURCE:",
        "Fargate has no capacity for it",
        "run `pulumi up` again later, or give on-demand tasks a weight in spot, or more zones in subnet_ids",
    ),
    (
        r"network interface|ResourceInitializationError",
        "it could not be prepared",
        f"look whether {_REACH}",
    ),
    (r"Spot", "Fargate Spot took its capacity back", "nothing: ECS starts another one"),
)


def stopped_reason(task: Mapping[str, Any]) -> tuple[str, str]:
    """What became of a stopped task of DescribeTasks, and what to do next."""
    containers = task.get("containers", [])
    said = " ".join([task.get("stoppedReason", ""), *(container.get("reason", "") for container in containers)])
    for pattern, words, next_step in _REASONS:
        if re.search(pattern, said, re.IGNORECASE):
            return f"{words} ({said.strip()})", next_step
    ended = _ended_first(containers)
    if ended is not None and ended.get("exitCode") is not None:
        words, next_step = exit_reason(ended["exitCode"], is_worker=ended.get("name") == CONTAINER_NAME)
        return f"its container {ended.get('name')} {words}", next_step
    return said.strip() or "ECS says nothing of it", "look at its log, and at the service's events in ECS"


def exit_reason(exit_code: int, *, is_worker: bool) -> tuple[str, str]:
    """What a container's exit code means, and what to do next."""
    if exit_code == EXIT_BAD_SETTINGS and is_worker:
        return (
            f"ended with exit code {exit_code}: a setting is wrong, or the handler cannot be imported",
            "its last lines name each problem; mend the code or the input and deploy again",
        )
    if exit_code == _KILLED:
        return (
            f"was killed (exit code {exit_code}): it used too much memory, or did not stop in time",
            "choose a larger task_size, or a lower concurrency",
        )
    return f"ended with exit code {exit_code}", "read its last lines, mend what they show and deploy again"


def _ended_first(containers: list[dict[str, Any]]) -> Mapping[str, Any] | None:
    """The container that ended the task: the worker where it failed, or whichever did."""
    failed = [container for container in containers if container.get("exitCode")]
    ours = [container for container in failed if container.get("name") == CONTAINER_NAME]
    return next(iter([*ours, *failed, *containers]), None)
