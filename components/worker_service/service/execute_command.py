"""ECS Exec on a read-only root file system: what its agent writes to are volumes of the task.

AWS does not name the agent's paths, and its guide says that a read-only root file system does not go with it; with
these three mounted it does: https://github.com/aws/containers-roadmap/issues/1359
"""

from collections.abc import Mapping

import pulumi_aws as aws

#: Paths of the agent by the names of their volumes.
_AGENT_PATHS: Mapping[str, str] = {
    "exec-agent": "/managed-agents",
    "exec-lib": "/var/lib/amazon",
    "exec-log": "/var/log/amazon",
}


def agent_paths(*, enabled: bool) -> list[str]:
    """Where its volumes are in a container that Exec may enter."""
    return list(_AGENT_PATHS.values()) if enabled else []


def agent_mounts(*, enabled: bool) -> list[dict[str, object]]:
    """Where a container that Exec may enter has the agent's volumes."""
    paths = _AGENT_PATHS if enabled else {}
    return [{"sourceVolume": name, "containerPath": path, "readOnly": False} for name, path in paths.items()]


def agent_volumes(*, enabled: bool) -> list[aws.ecs.TaskDefinitionVolumeArgs]:
    """As a task definition has them."""
    return [aws.ecs.TaskDefinitionVolumeArgs(name=name) for name in (_AGENT_PATHS if enabled else {})]
