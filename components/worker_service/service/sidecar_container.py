"""A sidecar as ECS takes it."""

from collections.abc import Iterable, Mapping
from typing import Any

from worker_service.service.container import TEMPORARY_PATH, TEMPORARY_VOLUME, container_dependencies
from worker_service.service.health_check import container_health_check
from worker_service.service.log_configuration import log_configuration


def sidecar_volumes(sidecars: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The volumes that sidecars have for themselves: what others have in /tmp is none of their business."""
    return [_volume(name) for name, sidecar in sidecars.items() if not sidecar.get("shares_tmp")]


def _volume(name: str) -> str:
    return f"tmp-{name}"


def sidecar_definition(
    name: str, sidecar: Mapping[str, Any], *, worker_image: str, log_group_name: str, region: str
) -> dict[str, Any]:
    """The container's definition, of a sidecar that has its defaults."""
    check = container_health_check(sidecar["health_check"]) if "health_check" in sidecar else None
    environment, secrets = sidecar["environment"], sidecar["secrets"]
    return {
        "name": name,
        "image": sidecar.get("image", worker_image),
        "essential": sidecar["essential"],
        "user": sidecar["user"],
        "stopTimeout": sidecar["stop_timeout_seconds"],
        **({"entryPoint": list(sidecar["entry_point"])} if "entry_point" in sidecar else {}),
        **({"command": list(sidecar["command"])} if "command" in sidecar else {}),
        **{key: sidecar[key] for key in ("cpu", "memory") if key in sidecar},
        "privileged": False,
        "readonlyRootFilesystem": sidecar["read_only_root"],
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "mountPoints": [
            {
                "sourceVolume": TEMPORARY_VOLUME if sidecar["shares_tmp"] else _volume(name),
                "containerPath": TEMPORARY_PATH,
                "readOnly": False,
            }
        ],
        **({"portMappings": _ports(sidecar["ports"])} if sidecar["ports"] else {}),
        **({"dependsOn": container_dependencies(sidecar["depends_on"])} if sidecar["depends_on"] else {}),
        **({"healthCheck": check} if check else {}),
        "environment": [{"name": key, "value": environment[key]} for key in sorted(environment)],
        **({"secrets": [{"name": key, "valueFrom": secrets[key]} for key in sorted(secrets)]} if secrets else {}),
        "logConfiguration": log_configuration(log_group_name, region, name),
    }


def _ports(ports: Iterable[int]) -> list[dict[str, Any]]:
    return [{"containerPort": port, "protocol": "tcp"} for port in ports]
