"""Sidecar: a container beside the worker's in each task."""

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi

from worker_service.inputs.aws_values import IMAGE
from worker_service.inputs.names import CONTAINER_NAME
from worker_service.inputs.rows import Default, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import Flag, ListOf, MapOf, OneOf, Text, Whole
from worker_service.service.choices import DependencyCondition
from worker_service.service.health_check import HEALTH_CHECK, HealthCheck
from worker_service.service.secrets import ENVIRONMENT, SECRETS, variable_conflicts
from worker_service.service.task_options import MAX_STOP_TIMEOUT_SECONDS, NON_ROOT_USER, USER, WORDS

#: Containers that presets make: open_telemetry and log_router.
COLLECTOR = "otel-collector"
LOG_ROUTER = "log-router"
_TAKEN = (CONTAINER_NAME, COLLECTOR, LOG_ROUTER)
_NAME = Text(
    1,
    20,
    rf"(?!({'|'.join(_TAKEN)})$)[a-z][a-z0-9-]*",
    f"1 to 20 lower-case letters, digits and hyphens, not {', '.join(_TAKEN)}",
)
_CONTAINER = Text(1, 20, r"[a-z][a-z0-9-]*", "the name of a container of the task")
_CONDITION = OneOf.members_of(DependencyCondition)
_CONDITIONS = MapOf(_CONTAINER, _CONDITION, maximum_entries=10)
#: ECS's rules for conditions: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
_ENDED = (DependencyCondition.COMPLETE, DependencyCondition.SUCCESS)


class Sidecar(TypedDict):
    """A container beside the worker's, with the same roles, network and log group. Each key may be left out."""

    image: NotRequired[Annotated[pulumi.Input[str], IMAGE]]
    """Its image, 1 to 200 characters, best by digest. Default: the worker's own, for which command says what else of it
    runs."""
    entry_point: NotRequired[Annotated[Sequence[str], WORDS]]
    """Program and arguments in place of the image's own, 1 to 50 words, without a shell. Default: the image's."""
    command: NotRequired[Annotated[Sequence[str], WORDS]]
    """Arguments of the entry point in place of the image's own, 1 to 50 words. Default: the image's."""
    environment: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], ENVIRONMENT, Default({})]]
    """Its environment variables; it gets none of the worker's. Default none."""
    secrets: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], SECRETS, Default({})]]
    """Variables that ECS reads when a task starts, as the service's own secrets. Default none."""
    user: NotRequired[Annotated[str, USER, Default(NON_ROOT_USER)]]
    """User of the container. Default 10001, nobody in particular."""
    read_only_root: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Its root file system is read-only, but for /tmp. Default true."""
    shares_tmp: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """Its /tmp is the worker's, to hand over files or a socket. Default false: a /tmp of its own."""
    cpu: NotRequired[Annotated[int, Whole(1, 16_384)]]
    """CPU units of the task that are kept for it, 1 to 16,384. Default: none are kept, it shares."""
    memory: NotRequired[Annotated[int, Whole(6, 122_880)]]
    """MiB of the task's memory above which it is killed, 6 to 122,880. Default: the task's own."""
    essential: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """The task ends when it ends. Default true."""
    ports: NotRequired[Annotated[Sequence[int], ListOf(Whole(1, 65_535), maximum_items=20), Default(())]]
    """TCP ports at which the task's other containers find it on localhost, 1 to 65,535 each; nothing else does, for the
    security group lets nobody in. Default none."""
    depends_on: NotRequired[Annotated[Mapping[str, DependencyCondition], _CONDITIONS, Default({})]]
    """Containers that have to be so far before it starts, sidecars or the worker: START, COMPLETE, SUCCESS or HEALTHY.
    Default none."""
    worker_waits_for: NotRequired[Annotated[DependencyCondition, _CONDITION]]
    """How far it has to be before the worker starts: START, COMPLETE, SUCCESS or HEALTHY; it is stopped after the
    worker then. Default: the worker does not wait."""
    health_check: NotRequired[Annotated[HealthCheck, HEALTH_CHECK]]
    """How ECS sees whether it is well, with a command of its own. Default: it is not checked."""
    stop_timeout_seconds: NotRequired[Annotated[int, Whole(2, MAX_STOP_TIMEOUT_SECONDS), Default(30)]]
    """Seconds from SIGTERM to SIGKILL, 2 to 120. Default 30."""


SIDECAR_ROWS = rows_of(Sidecar)
SIDECARS = MapOf(_NAME, fields_of(SIDECAR_ROWS), maximum_entries=8)


def complete(sidecars: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each with the defaults of what it leaves out."""
    return {name: {**defaults_of(SIDECAR_ROWS), **sidecar} for name, sidecar in sidecars.items()}


def worker_dependencies(sidecars: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What the worker waits for, by the sidecar's name."""
    return {
        name: DependencyCondition(sidecar["worker_waits_for"]).value
        for name, sidecar in sidecars.items()
        if "worker_waits_for" in sidecar
    }


def sidecar_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Containers share a task's ports; a variable has one value; a dependency must be able to come true."""
    sidecars = complete(args["sidecars"])
    used: dict[int, str] = {}
    for name, sidecar in sidecars.items():
        for port in sidecar["ports"]:
            if port in used:
                yield f"sidecars.{name}.ports: {port} is {used[port]}'s already, and the task's containers share them"
            used.setdefault(port, name)
        yield from variable_conflicts(f"sidecars.{name}.", sidecar)
        if "health_check" in sidecar and "command" not in sidecar["health_check"]:
            yield f"sidecars.{name}.health_check.command: required, for the default is the worker's own check"
    yield from _dependency_conflicts(args, sidecars)


def _dependency_conflicts(args: Mapping[str, Any], sidecars: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    checked = {
        name
        for name, sidecar in sidecars.items()
        if "health_check" in sidecar and sidecar["health_check"].get("enabled", True)
    }
    checked |= {CONTAINER_NAME} if args["health_check"].get("enabled", True) else set()
    essential = {CONTAINER_NAME, *(name for name, sidecar in sidecars.items() if sidecar["essential"])}
    waits = {name: dict(sidecar["depends_on"]) for name, sidecar in sidecars.items()}
    waits[CONTAINER_NAME] = dict(worker_dependencies(sidecars))
    for name, dependencies in waits.items():
        for other, condition in dependencies.items():
            key = f"sidecars.{other}.worker_waits_for" if name == CONTAINER_NAME else f"sidecars.{name}.depends_on"
            if other not in waits:
                yield f"{key}: there is no container {other}; there is {', '.join(waits)}"
            elif condition == DependencyCondition.HEALTHY and other not in checked:
                yield f"{key}: {other} has no health check, so it is never HEALTHY"
            elif condition in _ENDED and other in essential:
                yield f"{key}: {other} is essential and must not end; set its essential to false, or wait for START"
    if circle := _circle(waits):
        yield f"sidecars: {' waits for '.join(circle)}; one of them has to start first"


def _circle(waits: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Containers that wait for each other, the first one again at the end; empty where none do."""
    try:
        TopologicalSorter({name: set(others) & set(waits) for name, others in waits.items()}).prepare()
    except CycleError as error:
        # Each comes before the next one there.
        return list(reversed(error.args[1]))
    return []
