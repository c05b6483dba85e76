"""The rest of a manifest: deployments, and changes to the task definition."""

from __future__ import annotations

import re

from worker_ops.migrate.conversion import Conversion, Part, convert_parts
from worker_ops.migrate.field import Field

#: By the way of a task definition's property, as `taskdef_overrides` writes it: input, and how to read it.
_OVERRIDES = {
    r"ContainerDefinitions\[0\]\.StopTimeout": ("stop_timeout_seconds", 2, 120),
    r"ContainerDefinitions\[0\]\.User": ("user", 0, 0),
    r"RuntimePlatform\.CpuArchitecture": ("architecture", 0, 0),
    r"EphemeralStorage\.SizeInGiB": ("ephemeral_storage_gib", 21, 200),
}

_ULIMITS = r"ContainerDefinitions\[0\]\.Ulimits\[(-|0)\]"


def by_hand(how: str) -> Part:
    """A part that a person keeps."""
    return lambda source, conversion: conversion.report.by_hand(source, how)


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


def task_definition_overrides(source: Field, conversion: Conversion) -> None:
    """`taskdef_overrides`: what an input says too becomes that."""
    for override in source.items:
        path, value = override.get("path"), override.get("value")
        if path and value and re.fullmatch(_ULIMITS, path.text or "") and _open_files(path, value, conversion):
            continue
        known = [told for pattern, told in _OVERRIDES.items() if path and re.fullmatch(pattern, path.text or "")]
        if not known or not value or not path:
            conversion.report.by_hand(override, "no input sets it; change the task definition by a transform")
            continue
        key, least, most = known[0]
        said = conversion.whole(value, least, most) if most else conversion.word(value)
        if said is not None:
            conversion.put(value, key, said)
            conversion.report.mapped(path, key)


def _open_files(path: Field, value: Field, conversion: Conversion) -> bool:
    """Whether it is the one limit that a task on Fargate may set, which an input says too."""
    name, limit = value.get("Name"), value.get("HardLimit")
    if not name or name.text != "nofile" or not limit:
        return False
    said = conversion.whole(limit, 1_024, 1_048_576)
    if said is not None:
        conversion.put(value, "open_files_limit", said)
        conversion.report.mapped(path, "open_files_limit")
    return True
