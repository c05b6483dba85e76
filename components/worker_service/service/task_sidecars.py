"""Every sidecar of a task: the user's own, and those that a preset makes."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from worker_service.inputs.arns import place_of
from worker_service.service.fargate_sizes import fargate_size
from worker_service.service.log_group import LogGroup
from worker_service.service.log_router import router_sidecar
from worker_service.service.open_telemetry import collector_memory, collector_sidecar
from worker_service.service.sidecar_container import sidecar_volumes
from worker_service.service.sidecars import COLLECTOR, LOG_ROUTER, Sidecar


def volume_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Volumes of one task have names of their own."""
    presets = {name: {} for name, key in ((COLLECTOR, "open_telemetry"), (LOG_ROUTER, "log_router")) if key in args}
    for volume in sidecar_volumes({**args["sidecars"], **presets}):
        if volume in args["efs_volumes"]:
            yield f"efs_volumes.{volume}: is the name of a sidecar's own volume; choose another one"


def sidecar_size_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """What is kept for sidecars leaves something for the worker."""
    if ("cpu" in args) != ("memory" in args):
        return
    size = fargate_size(args)
    sidecars = [*args["sidecars"].values()]
    if "open_telemetry" in args:
        sidecars.append({"memory": collector_memory(args["open_telemetry"])})
    if "log_router" in args:
        sidecars.append(router_sidecar(args["log_router"]))
    for key, whole, unit in (("cpu", size.cpu_units, "CPU units"), ("memory", size.memory_mib, "MiB")):
        kept = sum(sidecar.get(key, 0) for sidecar in sidecars)
        if kept >= whole:
            yield f"sidecars: their {key} is {kept} of the task's {whole} {unit}, which leaves the worker nothing"


def task_sidecars(name: str, args: Mapping[str, Any], logs: LogGroup) -> dict[str, Sidecar]:
    """By name; `name` is the service's own."""
    sidecars: dict[str, Sidecar] = dict(args["sidecars"])
    if "open_telemetry" in args:
        region = pulumi.Output.from_input(args["cluster_arn"]).apply(lambda arn: place_of(arn).region)
        sidecars[COLLECTOR] = collector_sidecar(
            args["open_telemetry"], name=name, log_group_name=logs.name, region=region
        )
    if "log_router" in args:
        sidecars[LOG_ROUTER] = router_sidecar(args["log_router"])
    return sidecars
