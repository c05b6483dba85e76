"""The manifest of a Worker Service: what becomes of it in one environment."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass

from worker_ops.errors import OpsError
from worker_ops.migrate.conversion import Conversion, Part, convert_parts
from worker_ops.migrate.copilot import container, operations, variables
from worker_ops.migrate.copilot.count import count, set_count
from worker_ops.migrate.copilot.environment import EnvironmentNetwork
from worker_ops.migrate.copilot.interpolation import interpolated
from worker_ops.migrate.copilot.logs_and_traces import logging, observability
from worker_ops.migrate.copilot.network import network_of, set_network
from worker_ops.migrate.copilot.overlay import overlaid
from worker_ops.migrate.copilot.publishing import publish
from worker_ops.migrate.copilot.sidecars import image_depends_on, sidecars
from worker_ops.migrate.copilot.storage import storage
from worker_ops.migrate.copilot.subscriptions import SQS_VISIBILITY_TIMEOUT, subscribe
from worker_ops.migrate.field import Field
from worker_ops.migrate.message_size import accept_as_before
from worker_ops.migrate.report import Report

WORKER_SERVICE = "Worker Service"
_NAME = r"[a-z][a-z0-9-]{0,39}"
UNKNOWN = "Copilot's Worker Service has no such field"

#: The preset that follows what Copilot followed.
SCALING = "copilot"

#: What Copilot writes for a service that says nothing: newDefaultWorkerService in internal/pkg/manifest/worker_svc.go,
#: and its templates; a container without a health check has none.
_DEFAULTS = {
    "cpu": 256,
    "memory": 512,
    "visibility_timeout_seconds": SQS_VISIBILITY_TIMEOUT,
    "log_retention_days": 30,
    "health_check": {"enabled": False},
    "scaling": SCALING,
}

#: Of each field but network, which depends on the environment: what converts it.
PARTS: dict[str, Part] = {
    "image": container.image,
    "entrypoint": container.command_words("entry_point"),
    "command": container.command_words("command"),
    "cpu": container.cpu,
    "memory": container.memory,
    "platform": container.platform,
    "count": count,
    "exec": container.execute_command,
    "deployment": operations.deployment,
    "variables": variables.variables,
    "env_file": variables.env_file,
    "secrets": variables.secrets,
    "storage": storage,
    "publish": publish,
    "subscribe": subscribe,
    "logging": logging,
    "observability": observability,
    "sidecars": sidecars,
    "taskdef_overrides": operations.task_definition_overrides,
}


def manifest_type(source: Field) -> str | None:
    """The type that a manifest names, such as Worker Service."""
    kind = source.get("type")
    return kind.text if kind else None


def service_name(source: Field) -> str:
    """The name of the service. Raises OpsError where the manifest has none, or one that Copilot does not take."""
    name = source.get("name")
    if name is None or not name.text:
        raise OpsError(f"{source.place.file}: name: required")
    return checked_name(f"{name.place}: name", name.text)


def checked_name(what: str, name: str) -> str:
    """A name as Copilot takes it for services, environments and applications; files are named by it. Raises OpsError.

    https://github.com/aws/copilot-cli/blob/mainline/internal/pkg/cli/validate.go
    """
    if not re.fullmatch(_NAME, name):
        raise OpsError(f"{what}: {name!r} is not 1 to 40 lower-case letters, digits and hyphens, a letter first")
    return name


def environment_names(source: Field) -> list[str]:
    """The environments that the manifest says something of."""
    environments = source.get("environments")
    return list(environments.fields) if environments else []


@dataclass(frozen=True)
class Workplace:
    """What a manifest is converted for."""

    application: str
    environments: Mapping[str, EnvironmentNetwork]
    """By name."""
    shell: Mapping[str, str]
    """Values of the shell's variables."""
    has_pipeline: bool
    """Whether a pipeline builds the image."""


def convert_manifest(source: Field, place: Workplace, report: Report) -> dict[str, Conversion]:
    """The service in each environment, by its name."""
    name = service_name(source)
    losses: list[set[tuple[str, tuple[str, ...]]]] = []
    fields = {leaf.key: leaf for leaf in source.leaves()}
    converted: dict[str, Conversion] = {}
    for environment in place.environments:
        lost: list[Field] = []
        conversion = Conversion(place.application, environment, name, report, has_pipeline=place.has_pipeline)
        converted[environment] = conversion
        _convert(source, conversion, place, lost)
        losses.append({field.key for field in lost})
    for told in ("name", "type"):
        if field := source.get(told):
            report.mapped(field, "WorkerService")
    overridden = [fields[key] for key in set.intersection(*losses) if key in fields] if losses else []
    _settle(source, overridden, report)
    return converted


def _convert(source: Field, conversion: Conversion, place: Workplace, lost: list[Field]) -> None:
    own = source.get("environments", conversion.environment)
    if own and not isinstance(own.value, dict):
        raise OpsError(f"{own.place}: {own.path}: is not a map of what is different in this environment")
    base = dataclasses.replace(
        source, value={name: field for name, field in source.fields.items() if name != "environments"}
    )
    predefined = {
        "COPILOT_APPLICATION_NAME": conversion.application,
        "COPILOT_ENVIRONMENT_NAME": conversion.environment,
    }
    merged = overlaid(base, own, lost) if own else base
    merged = interpolated(merged, {**place.shell, **predefined}, conversion.report)
    conversion.args |= _DEFAULTS
    set_count(conversion, 1)
    network = place.environments[conversion.environment]
    set_network(conversion, network)
    convert_parts(merged, conversion, {**PARTS, "network": network_of(network)})
    if waiting := merged.get("image", "depends_on"):
        image_depends_on(waiting, conversion)
    accept_as_before(conversion)
    _tell_running_code(conversion)


def _tell_running_code(conversion: Conversion) -> None:
    """The variables that Copilot gave every container, for code that reads them."""
    mounts = conversion.args.pop("mount_points", None)
    conversion.args["copilot_variables"] = {
        "application": conversion.application,
        "environment": conversion.environment,
        "service": conversion.service,
        **conversion.args.get("copilot_variables", {}),
        **({"mount_points": mounts} if mounts else {}),
    }


def _settle(source: Field, overridden: list[Field], report: Report) -> None:
    """Keys that begin with x- are a habit for what only anchors name."""
    for name, field in source.fields.items():
        if name.startswith("x-"):
            report.dropped(field, "Copilot does not read it; what aliases took from it is converted where they stand")
    report.settle(source, overridden, UNKNOWN)
