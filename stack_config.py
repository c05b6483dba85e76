"""The stack's config: read once, checked whole, and typed. The only reader of config.

Every key is declared in Pulumi.yaml. The rules are the components' own; all problems are told before anything is made.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, NotRequired, TypedDict, cast

import pulumi
from pulumi.runtime import config as runtime_config

from worker_service import Environment, PipelineComponent, endpoint_services
from worker_service.environment.choices import NatGateways, SubnetType, VpcEndpoints
from worker_service.environment.conflicts import environment_conflicts
from worker_service.environment.environment import nat_gateways_of
from worker_service.environment.inputs import ENVIRONMENT_ROWS, EnvironmentArgs
from worker_service.inputs.arns import ecr_repository_arn
from worker_service.inputs.checking import misfits
from worker_service.inputs.names import NAME_PREFIX
from worker_service.inputs.rows import Default, Row, defaults_of, rows_of, unknown_input
from worker_service.inputs.rules import Fields, Flag, ListOf, MapOf, OneOf, Rule, is_number
from worker_service.pipeline.choices import PipelineSource
from worker_service.pipeline.conflicts import pipeline_conflicts
from worker_service.pipeline.inputs import PIPELINE_ROWS, PipelineComponentArgs
from worker_service.service.conflicts import worker_service_conflicts
from worker_service.service.inputs import WORKER_SERVICE_ROWS, WorkerServiceArgs


class ProgramArgs(TypedDict):
    """What the program itself asks for, beside the arguments of its components."""

    subnet_type: NotRequired[Annotated[SubnetType, OneOf.members_of(SubnetType), Default(SubnetType.PUBLIC)]]
    """Where tasks run: public subnets with a public IP, or private subnets without one. Default public."""
    name_prefix: NotRequired[Annotated[str, NAME_PREFIX]]
    """What every name that the stack makes begins with, before a hyphen. Another one makes everything anew, and is
    refused while the stack is protected. Default: names begin with pipeline, environment and worker."""


PROGRAM_ROWS = rows_of(ProgramArgs)

#: What the program passes to WorkerService itself.
WIRED = ("cluster_arn", "vpc_id", "subnet_ids", "assign_public_ip")

_SERVICE_ROWS = {key: row for key, row in WORKER_SERVICE_ROWS.items() if key not in WIRED}

#: Whose arguments the keys of a stack's config are. A key of several is the first one's: it means the same to all.
OWNERS: tuple[tuple[type, dict[str, Row]], ...] = (
    (WorkerServiceArgs, _SERVICE_ROWS),
    (ProgramArgs, PROGRAM_ROWS),
    (EnvironmentArgs, ENVIRONMENT_ROWS),
    (PipelineComponentArgs, PIPELINE_ROWS),
)

#: Every key of a stack's config.
ROWS: dict[str, Row] = {}
for _, _rows in OWNERS:
    ROWS.update({key: row for key, row in _rows.items() if key not in ROWS})

#: Keys that only a pipeline has, and that have no default: where one is given, a pipeline is meant.
_PIPELINE_KEYS = tuple(key for key, row in PIPELINE_ROWS.items() if key not in _SERVICE_ROWS and row.default is None)

#: Keys that bring containers beside the worker's, each with an image.
_CONTAINERS = ("sidecars", "open_telemetry", "log_router")

#: How Pulumi.yaml says "not given": the CLI asks for a default of every declared key.
_NOT_GIVEN = ("", "[]", "{}")

_IMAGE_REQUIRED = (
    "image: required; give it with: pulumi config set image REPOSITORY@sha256:DIGEST,"
    " or have it built here with: pulumi config set source directory"
)


@dataclass(frozen=True)
class Settings:
    """The stack's checked settings."""

    pipeline: PipelineComponentArgs | None
    """Arguments of PipelineComponent; None where the stack has no pipeline."""
    runs_service: bool
    """Whether the stack has a worker service; a stack may be a pipeline alone."""
    environment: EnvironmentArgs
    """Arguments of Environment."""
    subnet_type: SubnetType
    """Where tasks run."""
    service: Mapping[str, Any]
    """Arguments of WorkerService that the config gives."""
    name_prefix: str | None
    """What every name begins with."""

    def name(self, component: str) -> str:
        """What a component of the program is called."""
        return component if self.name_prefix is None else f"{self.name_prefix}-{component}"

    def worker_service(self, environment: Environment, pipeline: PipelineComponent | None) -> WorkerServiceArgs:
        """Arguments of WorkerService, in the given environment, with the pipeline's image where config names none."""
        wired: WorkerServiceArgs = {
            "image": self.service.get("image") or cast("Any", pipeline).image,
            "cluster_arn": environment.cluster_arn,
            "vpc_id": environment.vpc_id,
            "subnet_ids": environment.subnet_ids(self.subnet_type),
            "assign_public_ip": self.subnet_type == SubnetType.PUBLIC,
        }
        if self.service.get("enable_execute_command") and "execute_command_log_retention_days" in self.environment:
            wired["execute_command_log_group_arn"] = environment.execute_command_log_group_arn
        return cast("WorkerServiceArgs", {**self.service, **wired})


def read() -> Settings:
    """Read and check the stack's config.

    Raises pulumi.RunError, which the CLI shows without a traceback, with every problem: the key, its value and what is
    allowed, and for an unknown key the nearest known one.
    """
    texts = _texts()
    values = {key: _value(text, ROWS[key].rule) for key, text in texts.items() if key in ROWS}
    # The CLI hands over the defaults of Pulumi.yaml too: they are nobody's choice.
    values = {key: value for key, value in values.items() if not _is_default(value, ROWS[key].default)}
    wrong_values = _misfits(values)
    problems = [unknown_input(key, ROWS) for key in texts if key not in ROWS]
    problems += [*_image_conflicts(values, wrong_values), *_pipeline_conflicts(values, wrong_values)]
    problems += [*chain(*wrong_values.values()), *_conflicts(values, wrong_values)]
    if problems:
        listed = "".join(f"\n  {line}" for line in problems)
        raise pulumi.RunError(f"the config of stack {pulumi.get_stack()} has {len(problems)} problem(s):{listed}")

    inputs = {key: _kept_secret(value) if _is_secret(key) else value for key, value in values.items()}
    pipeline = {key: inputs[key] for key in PIPELINE_ROWS if key in inputs}
    return Settings(
        pipeline=cast("PipelineComponentArgs", pipeline) if "source" in values else None,
        runs_service=_runs_service(values),
        environment=_environment(values, inputs),
        subnet_type=_subnet_type(values),
        service={key: inputs[key] for key in _SERVICE_ROWS if key in inputs},
        name_prefix=values.get("name_prefix"),
    )


def _environment(values: Mapping[str, Any], inputs: Mapping[str, Any]) -> EnvironmentArgs:
    """Public tasks need no NAT gateway, which costs more than they do; private ones may need endpoints."""
    found: dict[str, Any] = {key: inputs[key] for key in ENVIRONMENT_ROWS if key in inputs}
    if _subnet_type(values) == SubnetType.PUBLIC:
        found.setdefault("nat_gateways", NatGateways.NONE)
    if values.get("vpc_endpoints") == VpcEndpoints.WORKER:
        called = endpoint_services(values)
        found["vpc_endpoint_services"] = sorted({*called, *values.get("vpc_endpoint_services", ())})
    return cast("EnvironmentArgs", found)


def _misfits(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with single values, by key; a secret one is not shown."""
    found = misfits(values, ROWS)
    for key in filter(_is_secret, values):
        if key in found:
            found[key] = [f"{line.split(':')[0]}: the secret value is not {ROWS[key].rule}" for line in found[key]]
        elif not ROWS[key].may_be_secret:
            found[key] = [f"{key}: shapes the resources and cannot be kept secret; set it without --secret"]
    return found


def _runs_service(values: Mapping[str, Any]) -> bool:
    """A stack without an image is a pipeline alone, unless the pipeline builds the image here and now."""
    return "image" in values or values.get("source") == PipelineSource.DIRECTORY


def _image_conflicts(values: Mapping[str, Any], wrong: Collection[str]) -> list[str]:
    if {"image", "source"} & set(wrong):
        return []
    if "image" in values and values.get("source") == PipelineSource.DIRECTORY:
        return ["image: source directory builds the image; leave out the one or the other"]
    return [] if "image" in values or "source" in values else [_IMAGE_REQUIRED]


def _pipeline_conflicts(values: Mapping[str, Any], wrong: Collection[str]) -> list[str]:
    if "source" in values:
        targets = values.get("targets", ()) if "pre_deploy_command" in values and "targets" not in wrong else ()
        return pipeline_conflicts(_complete(values, PIPELINE_ROWS), wrong) + [
            f"targets[{index}].ecs_service: ECS deploys it without pre_deploy_command; leave out the one or the other"
            for index, target in enumerate(targets)
            if "ecs_service" in target
        ]
    return [f"{key}: belongs to a pipeline, which needs source" for key in _PIPELINE_KEYS if key in values]


def _conflicts(values: Mapping[str, Any], wrong: Collection[str]) -> list[str]:
    if not _runs_service(values) and "source" in values:
        return []
    name = f"{values['name_prefix']}-worker" if "name_prefix" in values else "worker"
    conflicts = worker_service_conflicts(name, _complete(values, _SERVICE_ROWS), wrong)
    conflicts += environment_conflicts(_complete(values, ENVIRONMENT_ROWS), wrong)
    if "environment_stack" in values:
        return conflicts
    conflicts += _new_network_conflicts(values)
    if conflicts or {"subnet_type", "nat_gateways", "vpc_endpoints", "vpc_id", "image", *_CONTAINERS} & set(wrong):
        return conflicts
    return _subnet_conflicts(values)


def _complete(values: Mapping[str, Any], rows: Mapping[str, Row]) -> dict[str, Any]:
    """The values of the rows' keys, with the defaults of those that are not given."""
    return {**defaults_of(rows), **{key: value for key, value in values.items() if key in rows}}


def _new_network_conflicts(values: Mapping[str, Any]) -> list[str]:
    """What only an existing network or cluster can have, or a new one that was told so."""
    conflicts = []
    if values.get("ipv6") is True and "vpc_id" not in values:
        conflicts.append("ipv6: a VPC made here has no IPv6 addresses; give vpc_id and dual-stack subnets")
    if values.get("service_connect") is True and not {"namespace", "cluster_arn"} & set(values):
        conflicts.append("service_connect: a cluster made here has no default namespace without namespace")
    return conflicts


def _subnet_conflicts(values: Mapping[str, Any]) -> list[str]:
    """Subnets of the chosen type must exist, and private ones must reach AWS."""
    subnet_type = _subnet_type(values)
    subnets = f"{subnet_type.value}_subnet_ids"
    if "vpc_id" in values:
        return [] if subnets in values else [f"{subnets}: required where subnet_type is {subnet_type.value}"]
    if subnet_type == SubnetType.PUBLIC or nat_gateways_of(_complete(values, ENVIRONMENT_ROWS)) != NatGateways.NONE:
        return []
    if values.get("vpc_endpoints") != VpcEndpoints.WORKER:
        return [
            "nat_gateways: 'none' leaves private tasks no way to AWS; use single, one_per_zone or vpc_endpoints worker"
        ]
    return [
        f"{key}: {image!r} is not in ECR, and without NAT gateways private tasks reach no other registry"
        for key, image in _images(values)
        if ecr_repository_arn(image) is None
    ]


def _images(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a task pulls, by the key that names it; presets come from AWS's public registry, which is another one."""
    presets = {
        key: values[key].get("image", "public.ecr.aws/...") for key in ("open_telemetry", "log_router") if key in values
    }
    sidecars = {f"sidecars.{name}": sidecar.get("image") for name, sidecar in values.get("sidecars", {}).items()}
    named = {"image": values.get("image"), **{f"{key}.image": image for key, image in {**presets, **sidecars}.items()}}
    return [(key, image) for key, image in named.items() if image is not None]


def _subnet_type(values: Mapping[str, Any]) -> SubnetType:
    return SubnetType(values.get("subnet_type", PROGRAM_ROWS["subnet_type"].default))


def _texts() -> dict[str, str]:
    """The project's keys that were given, as the CLI hands them over."""
    prefix = f"{pulumi.get_project()}:"
    own = [
        (key.removeprefix(prefix), text) for key, text in runtime_config.CONFIG.get().items() if key.startswith(prefix)
    ]
    return {key: text for key, text in own if _is_given(key, text)}


def _is_given(key: str, text: str) -> bool:
    row = ROWS.get(key)
    if row is None:
        return text not in _NOT_GIVEN
    if text in _NOT_GIVEN:
        # Of a list that is not empty by default, an empty one means what it says.
        return text == "[]" and bool(row.default)
    return not (text == "0" and row.default is None and is_number(row.rule))


def _value(text: str, rule: Rule) -> Any:
    """The value that the text stands for; the text itself where it stands for none, for the rule to refuse."""
    if not is_number(rule) and not isinstance(rule, Fields | Flag | ListOf | MapOf):
        return text
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if value is None:
        return text
    if isinstance(rule, MapOf) and isinstance(value, dict):
        # `pulumi config set --path tags.build 12` reads a number, and a tag is a text.
        return {key: json.dumps(item) if isinstance(item, bool | int | float) else item for key, item in value.items()}
    return value


def _is_default(value: Any, default: Any) -> bool:
    return list(value) == list(default) if isinstance(default, tuple) and isinstance(value, list) else value == default


def _kept_secret(value: Any) -> Any:
    """A secret value as an Output; the names in a map and the length of a list are no secret, and are checked."""
    if isinstance(value, Mapping):
        return {name: pulumi.Output.secret(item) for name, item in value.items()}
    if isinstance(value, list):
        return [pulumi.Output.secret(item) for item in value]
    return pulumi.Output.secret(value)


def _is_secret(key: str) -> bool:
    return runtime_config.is_config_secret(f"{pulumi.get_project()}:{key}")
