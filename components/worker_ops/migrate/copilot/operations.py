"""The rest of a manifest: logs, deployments, traces, sidecars and changes to the task definition."""

from __future__ import annotations

import re

from worker_ops.migrate.conversion import Conversion, Part, convert_parts
from worker_ops.migrate.field import Field

_FIRELENS = "write it into the input `log_router`, which runs FireLens beside the worker"
_SIDECAR = "write it into the input `sidecars`, by its own names for the fields (docs/inputs.md)"
#: The days that CloudWatch can keep a log for.
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
#: By the way of a task definition's property, as `taskdef_overrides` writes it: input, and how to read it.
_OVERRIDES = {
    r"ContainerDefinitions\[0\]\.StopTimeout": ("stop_timeout_seconds", 2, 120),
    r"ContainerDefinitions\[0\]\.User": ("user", 0, 0),
    r"RuntimePlatform\.CpuArchitecture": ("architecture", 0, 0),
    r"EphemeralStorage\.SizeInGiB": ("ephemeral_storage_gib", 21, 200),
}


def by_hand(how: str) -> Part:
    """A part that a person keeps."""
    return lambda source, conversion: conversion.report.by_hand(source, how)


def logging(source: Field, conversion: Conversion) -> None:
    """`logging`: how long it is kept, and what else reads it."""
    names = ("image", "destination", "enableMetadata", "secretOptions", "configFilePath", "variables", "secrets")
    firelens = {name: by_hand(_FIRELENS) for name in (*names, "env_file")}
    convert_parts(source, conversion, {"retention": _retention, **firelens})


def _retention(source: Field, conversion: Conversion) -> None:
    days = conversion.whole(source, 1, 3_653)
    if days is not None and days not in _DAYS:
        conversion.report.by_hand(source, f"CloudWatch keeps no log for {days} days; choose `log_retention_days`")
    elif days is not None:
        conversion.put(source, "log_retention_days", days)


def deployment(source: Field, conversion: Conversion) -> None:
    """`deployment`."""
    convert_parts(source, conversion, {"rolling": _rolling, "rollback_alarms": _rollback_alarms})


def _rolling(source: Field, conversion: Conversion) -> None:
    if source.text == "default":
        conversion.args |= {"minimum_healthy_percent": 100, "maximum_percent": 200}
        conversion.report.mapped(source, "minimum_healthy_percent, maximum_percent")
    elif source.text == "recreate":
        conversion.report.by_hand(
            source,
            "a deployment keeps a task running here: where two at a time do harm, `workers pause` before `pulumi up`,"
            " or take a lock in the handler",
        )
    else:
        conversion.report.not_understood(source, "is not default or recreate")


def _rollback_alarms(source: Field, conversion: Conversion) -> None:
    if not source.fields:
        conversion.report.by_hand(
            source,
            "`rollback_alarms` names this service's own alarms alone (dead_letter, age, no_consumer ...): add yours to"
            " the ECS service by a transform, or drop them",
        )
        return
    for name in ("cpu_utilization", "memory_utilization"):
        if found := source.get(name):
            conversion.report.by_hand(found, "there is no rollback on it here; dead letters and age are watched")
    if found := source.get("messages_delayed"):
        conversion.report.by_hand(
            found,
            "Copilot's alarm counts messages that still wait for their delay, not a backlog: the rollback alarm `age`,"
            " which is on, is what is meant; acceptable_latency_seconds and age_alarm_minutes set it",
        )


def observability(source: Field, conversion: Conversion) -> None:
    """`observability`."""
    convert_parts(
        source,
        conversion,
        {"tracing": by_hand("write it into the input `open_telemetry`, which runs a collector beside the worker")},
    )


def sidecars(source: Field, conversion: Conversion) -> None:
    """`sidecars`."""
    for sidecar in source.fields.values():
        conversion.report.by_hand(sidecar, _SIDECAR)


def task_definition_overrides(source: Field, conversion: Conversion) -> None:
    """`taskdef_overrides`: what an input says too becomes that."""
    for override in source.items:
        path, value = override.get("path"), override.get("value")
        known = [told for pattern, told in _OVERRIDES.items() if path and re.fullmatch(pattern, path.text or "")]
        if not known or not value or not path:
            conversion.report.by_hand(override, "no input sets it; change the task definition by a transform")
            continue
        key, least, most = known[0]
        said = conversion.whole(value, least, most) if most else conversion.word(value)
        if said is not None:
            conversion.put(value, key, said)
            conversion.report.mapped(path, key)
