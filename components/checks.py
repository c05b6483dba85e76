"""Checking a component's arguments before anything is registered, so that a bad one leaves nothing behind."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from components.container import RESERVED_VARIABLES
from components.defaults import (
    DESIRED_COUNT,
    MAX_COUNT,
    MAX_RECEIVE_COUNT,
    MESSAGE_RETENTION_SECONDS,
    MIN_COUNT,
    VISIBILITY_TIMEOUT_SECONDS,
)
from components.limits import FARGATE_MEMORY_MIB
from components.rules import Rule, Text, unknown_name

#: Leaves room in IAM's 64 characters for the longest suffix and Pulumi's random one.
COMPONENT_NAME = Text(1, 40, r"[A-Za-z][A-Za-z0-9-]*", "1 to 40 letters, digits and hyphens that begin with a letter")


def given(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that were given a value: None means the same as leaving one out.

    A program in another language sends every number as a float, so whole ones are ints here again.
    """
    return {name: _whole(value) for name, value in args.items() if value is not None}


def refuse(component: str, name: str, problems: Iterable[str]) -> None:
    """Raise one ValueError that lists every problem, or return where there is none."""
    listed = "".join(f"\n  {line}" for line in problems)
    if listed:
        raise ValueError(f"{component} {name!r} has invalid arguments:{listed}")


def argument_problems(
    name: str,
    args: Mapping[str, Any],
    *,
    rules: Mapping[str, Rule],
    known: Iterable[str],
    required: Iterable[str],
    name_rule: Rule = COMPONENT_NAME,
) -> list[str]:
    """What is wrong with the component's name and with single arguments: bad values, unknown and missing names."""
    known = list(known)
    problems = name_rule.problems("name", name)
    problems += [unknown_name(key, known) for key in args if key not in known]
    problems += [f"{key}: required" for key in required if key not in args]
    for key, rule in rules.items():
        if _is_known(args.get(key)):
            problems += rule.problems(key, _known(args[key]))
    return problems


def worker_service_conflicts(args: Mapping[str, Any]) -> list[str]:
    """What is wrong between the arguments of a WorkerService whose single values fit their rules."""
    return [
        *_size_conflicts(args.get("cpu"), args.get("memory")),
        *_count_conflicts(
            args.get("min_count", MIN_COUNT),
            args.get("desired_count", DESIRED_COUNT),
            args.get("max_count", MAX_COUNT),
        ),
        *_retention_conflicts(
            args.get("message_retention_seconds", MESSAGE_RETENTION_SECONDS),
            args.get("visibility_timeout_seconds", VISIBILITY_TIMEOUT_SECONDS),
            args.get("max_receive_count", MAX_RECEIVE_COUNT),
        ),
        *(
            f"environment: {variable} is set by the service itself; choose another name"
            for variable in RESERVED_VARIABLES
            if variable in args.get("environment", {})
        ),
    ]


def environment_conflicts(args: Mapping[str, Any]) -> list[str]:
    """What is wrong between the arguments of an Environment whose single values fit their rules."""
    adopted = [key for key in ("vpc_id", "public_subnet_ids", "private_subnet_ids", "cluster_arn") if args.get(key)]
    subnets = [key for key in adopted if key.endswith("subnet_ids")]
    if "environment_stack" in args and adopted:
        return [f"environment_stack: brings {', '.join(adopted)} itself; leave out the one or the others"]
    if "vpc_id" in adopted and not subnets:
        return ["vpc_id: an existing VPC needs public_subnet_ids or private_subnet_ids"]
    if subnets and "vpc_id" not in adopted:
        return [f"{subnets[0]}: existing subnets need their vpc_id"]
    return []


def _size_conflicts(cpu: int | None, memory: int | None) -> list[str]:
    if cpu is None and memory is None:
        return []
    if cpu is None or memory is None:
        return ["cpu, memory: give both or neither"]
    allowed = FARGATE_MEMORY_MIB[cpu]
    if memory in allowed:
        return []
    return [f"memory: {memory} does not go with cpu {cpu}; Fargate allows {', '.join(map(str, allowed))}"]


def _count_conflicts(min_count: int, desired_count: int, max_count: int) -> list[str]:
    if min_count > max_count:
        return [f"min_count: {min_count} is above max_count {max_count}"]
    if not min_count <= desired_count <= max_count:
        return [f"desired_count: {desired_count} is outside min_count {min_count} to max_count {max_count}"]
    return []


def _retention_conflicts(retention_seconds: int, visibility_seconds: int, receives: int) -> list[str]:
    needed_seconds = visibility_seconds * receives
    if retention_seconds > needed_seconds:
        return []
    limit = f"{needed_seconds} (visibility_timeout_seconds x max_receive_count)"
    return [f"message_retention_seconds: {retention_seconds} is not above {limit}; messages could expire unseen"]


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_known(value: Any) -> bool:
    """Whether the value is known now; an Output's is not, and AWS checks it."""
    return value is not None and not isinstance(value, pulumi.Output)


def _known(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: item for key, item in value.items() if _is_known(item)}
    if isinstance(value, list | tuple):
        return [item for item in value if _is_known(item)]
    return value
