"""Checking a component's arguments before anything is registered, so that a bad one leaves nothing behind."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pulumi

from components import defaults
from components.container import RESERVED_VARIABLES
from components.limits import FARGATE_MEMORY_MIB, MAY_BE_OUTPUTS
from components.rules import Rule, Text, unknown_name
from components.scaling_checks import SCALING_CONFLICTS

#: ECS takes 64 KiB for a whole task definition.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
MAX_ENVIRONMENT_CHARACTERS = 48_000

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


def name_problems(name: str, args: Mapping[str, Any], *, known: Iterable[str], required: Iterable[str]) -> list[str]:
    """What is wrong with a component's own name and with the names of its arguments: unknown and missing ones."""
    known = list(known)
    problems = COMPONENT_NAME.problems("name", name)
    problems += [unknown_name(key, known) for key in args if key not in known]
    return problems + [f"{key}: required" for key in required if key not in args]


def misfits(args: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, list[str]]:
    """What is wrong with single values, by the name of the argument."""
    found = {}
    for key in rules:
        if _is_known(args.get(key)):
            found[key] = rules[key].problems(key, _known(args[key]))
        elif key in args and key not in MAY_BE_OUTPUTS:
            found[key] = [f"{key}: must be a plain value, for it shapes the resources; an Output comes too late"]
    return {key: problems for key, problems in found.items() if problems}


def worker_service_conflicts(args: Mapping[str, Any], misfitting: Collection[str] = ()) -> list[str]:
    """What is wrong between the arguments of a WorkerService; those that misfit by themselves are left alone."""
    return [line for keys, find in _CONFLICTS if not set(keys) & set(misfitting) for line in find(args)]


def environment_conflicts(args: Mapping[str, Any], misfitting: Collection[str] = ()) -> list[str]:
    """What is wrong between the arguments of an Environment; nothing is said while one of them misfits by itself."""
    adopted = [key for key in ("vpc_id", "public_subnet_ids", "private_subnet_ids", "cluster_arn") if args.get(key)]
    subnets = [key for key in adopted if key.endswith("subnet_ids")]
    if set(misfitting) & {*adopted, "environment_stack"}:
        return []
    if "environment_stack" in args and adopted:
        return [f"environment_stack: brings {', '.join(adopted)} itself; leave out the one or the others"]
    if "vpc_id" in adopted and not subnets:
        return ["vpc_id: an existing VPC needs public_subnet_ids or private_subnet_ids"]
    if subnets and "vpc_id" not in adopted:
        return [f"{subnets[0]}: existing subnets need their vpc_id"]
    return []


def _size_conflicts(args: Mapping[str, Any]) -> list[str]:
    cpu, memory = args.get("cpu"), args.get("memory")
    if cpu is None and memory is None:
        return []
    if cpu is None or memory is None:
        return ["cpu, memory: give both or neither"]
    allowed = FARGATE_MEMORY_MIB[cpu]
    if memory in allowed:
        return []
    return [f"memory: {memory} does not go with cpu {cpu}; Fargate allows {', '.join(map(str, allowed))}"]


def _count_conflicts(args: Mapping[str, Any]) -> list[str]:
    min_count, max_count = args.get("min_count", defaults.MIN_COUNT), args.get("max_count", defaults.MAX_COUNT)
    desired_count = args.get("desired_count", defaults.DESIRED_COUNT)
    if min_count > max_count:
        return [f"min_count: {min_count} is above max_count {max_count}"]
    if desired_count == 0 < min_count:
        return [f"desired_count: 0 needs min_count 0, not {min_count}"]
    if desired_count > max_count:
        return [f"desired_count: {desired_count} is above max_count {max_count}"]
    return []


def _retention_conflicts(args: Mapping[str, Any]) -> list[str]:
    retention_seconds = args.get("message_retention_seconds", defaults.MESSAGE_RETENTION_SECONDS)
    visibility_seconds = args.get("visibility_timeout_seconds", defaults.VISIBILITY_TIMEOUT_SECONDS)
    receives = args.get("max_receive_count", defaults.MAX_RECEIVE_COUNT)
    if retention_seconds > visibility_seconds * receives:
        return []
    tries = f"max_receive_count {receives} tries of visibility_timeout_seconds {visibility_seconds}"
    return [f"message_retention_seconds: {retention_seconds} is over before {tries}; raise it or lower one of them"]


def _environment_variable_conflicts(args: Mapping[str, Any]) -> list[str]:
    environment = args.get("environment", {})
    taken = [variable for variable in RESERVED_VARIABLES if variable in environment]
    problems = [f"environment: {variable} is set by the service itself; choose another name" for variable in taken]
    length = sum(len(name) + len(value) for name, value in environment.items() if isinstance(value, str))
    if length > MAX_ENVIRONMENT_CHARACTERS:
        problems.append(f"environment: {length} characters are above {MAX_ENVIRONMENT_CHARACTERS}")
    return problems


#: Arguments that have to go together, and how to find where they do not.
_CONFLICTS = (
    (("cpu", "memory"), _size_conflicts),
    (("min_count", "desired_count", "max_count"), _count_conflicts),
    (("message_retention_seconds", "visibility_timeout_seconds", "max_receive_count"), _retention_conflicts),
    (("environment",), _environment_variable_conflicts),
    *SCALING_CONFLICTS,
)


def _whole(value: Any) -> Any:
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
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
