"""Writes what a program declares as Terraform's own configuration, by the aws provider's schema, to be validated.

Pulumi's aws provider is Terraform's with other names: arguments in camel case, a plural for what may be several, no
list around what can be only one, and names for what must have one. What the schema does not know is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from scripts.terraform_plan import Declared, snake_case, terraform_type

#: Arguments that Pulumi calls otherwise, by Terraform's types.
_ARGUMENTS = {
    "aws_cloudwatch_metric_alarm": {"name": "alarm_name"},
    "aws_sns_topic_subscription": {"topic": "topic_arn"},
}
#: What version 6 of the provider brought, from which pulumi-aws 7 is made; an older one is not asked of it.
_OF_VERSION_6 = frozenset({"region", "predictiveScalingPolicyConfiguration"})


def resource_schemas(provider_schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of the aws provider, from what `terraform providers schema -json` says."""
    [schemas] = (
        found for name, found in provider_schemas["provider_schemas"].items() if name.endswith("hashicorp/aws")
    )
    return {type_: schema["block"] for type_, schema in schemas["resource_schemas"].items()}


def terraform_config(
    resources: Iterable[tuple[str, Declared]], schemas: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """The aws resources as configuration in JSON, each with a prefix before its name, and what no schema knows."""
    config: dict[str, dict[str, Any]] = {}
    problems: list[str] = []
    for prefix, resource in resources:
        if not resource.type.startswith("aws:"):
            continue
        type_ = terraform_type(resource.type)
        name = re.sub(r"\W", "_", f"{prefix}_{resource.name}")
        if type_ not in schemas:
            problems.append(f"{type_}: the provider has no such resource")
            continue
        renamed = {_ARGUMENTS.get(type_, {}).get(key, key): value for key, value in resource.inputs.items()}
        written = _block(renamed, schemas[type_], f"{type_}.{name}", problems)
        for argument in ("name", _ARGUMENTS.get(type_, {}).get("name", "name")):
            if schemas[type_]["attributes"].get(argument, {}).get("required"):
                # Pulumi names what has to have a name.
                written.setdefault(argument, resource.name)
        config.setdefault(type_, {})[name] = written
    return {"resource": config}, problems


def _block(inputs: Mapping[str, Any], schema: Mapping[str, Any], where: str, problems: list[str]) -> dict[str, Any]:
    attributes, blocks = schema.get("attributes", {}), schema.get("block_types", {})
    written: dict[str, Any] = {}
    for key, value in inputs.items():
        names = [name for name in _names(key) if name in attributes or name in blocks]
        if not names and key not in _OF_VERSION_6:
            problems.append(f"{where}: the provider has no argument {snake_case(key)}")
        elif names and names[0] in attributes:
            written[names[0]] = _attribute(value, attributes[names[0]].get("type"))
        elif names:
            items = value if isinstance(value, list) else [value]
            inside = blocks[names[0]]["block"]
            written[names[0]] = [_block(item, inside, f"{where}.{names[0]}", problems) for item in items]
    return written


def _names(key: str) -> list[str]:
    """What Terraform may call it: as it is, or in the singular."""
    name = snake_case(key)
    return [name, re.sub(r"ies$", "y", name), name.removesuffix("s"), name.removesuffix("es")]


def _attribute(value: Any, type_: Any) -> Any:
    """Its value, as its type in the schema has it; names in a map are a user's own."""
    kind, inside = type_ if isinstance(type_, list) else (type_, {})
    if isinstance(value, str):
        # Otherwise Terraform would put something in its place.
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return [_attribute(item, inside) for item in value]
    if not isinstance(value, Mapping):
        return value
    if kind == "map":
        return {key: _attribute(item, inside) for key, item in value.items()}
    types = inside if kind == "object" else {}
    named = {snake_case(key): item for key, item in value.items()}
    # An object has all its names; null says that one is not given.
    return {**dict.fromkeys(types), **{name: _attribute(item, types.get(name)) for name, item in named.items()}}
