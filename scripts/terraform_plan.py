"""Writes what a program declares as a Terraform plan, for tools that read nothing else.

Pulumi's aws provider is Terraform's with names in camel case, a plural for what may be several, and no list around what
can be only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

#: Modules that Terraform's names leave out, or call otherwise.
_MODULES = {"cloudwatch": "cloudwatch_", "ec2": "", "servicediscovery": "service_discovery_"}
#: Types that Terraform calls otherwise.
_TYPES = {
    "aws:codepipeline/pipeline:Pipeline": "aws_codepipeline",
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "aws_sqs_queue_redrive_allow_policy",
    "aws:sqs/redrivePolicy:RedrivePolicy": "aws_sqs_queue_redrive_policy",
}
#: Blocks that may be several, which Terraform names in the singular.
_BLOCKS = {
    "capacityProviderStrategies": "capacity_provider_strategy",
    "encryptionConfigurations": "encryption_configuration",
    "environmentVariables": "environment_variable",
    "metricQueries": "metric_query",
    "rules": "rule",
    "settings": "setting",
    "stages": "stage",
    "volumes": "volume",
}
#: Names whose keys are a user's own.
_MAPS = frozenset({"tags", "configuration", "dimensions", "statistics"})


class Declared(Protocol):
    """A resource that a program declares."""

    @property
    def type(self) -> str:
        """As Pulumi names it."""
        ...

    @property
    def name(self) -> str:
        """Its logical name."""
        ...

    @property
    def inputs(self) -> dict[str, Any]:
        """By their camelCase names."""
        ...


def terraform_plan(resources: Iterable[Declared]) -> dict[str, Any]:
    """What `terraform show -json` says of a plan that creates the aws resources; others are left out."""
    planned = [_planned(resource) for resource in resources if resource.type.startswith("aws:")]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": [
            {**resource, "change": {"actions": ["create"], "before": None, "after": resource["values"]}}
            for resource in planned
        ],
        "configuration": {"root_module": {"resources": planned}},
    }


def terraform_type(type_: str) -> str:
    """Terraform's name of a type such as aws:sqs/queue:Queue."""
    if type_ in _TYPES:
        return _TYPES[type_]
    _, path, name = type_.split(":")
    module = path.split("/")[0]
    return f"aws_{_MODULES.get(module, f'{module}_')}{snake_case(name)}"


def _planned(resource: Declared) -> dict[str, Any]:
    type_, name = terraform_type(resource.type), re.sub(r"\W", "_", resource.name)
    return {
        "address": f"{type_}.{name}",
        "mode": "managed",
        "type": type_,
        "name": name,
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "schema_version": 0,
        "values": _attributes(resource.inputs),
    }


def _attributes(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {_BLOCKS.get(key, snake_case(key)): _value(key, value) for key, value in inputs.items()}


def _value(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value) if key in _MAPS else [_attributes(value)]
    if isinstance(value, list):
        return [_attributes(item) if isinstance(item, Mapping) else item for item in value]
    return value


def snake_case(name: str) -> str:
    """A name of Pulumi's as Terraform has it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
