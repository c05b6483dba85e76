"""Variables and secrets of a manifest, and what they are looked up in."""

from __future__ import annotations

import re
from typing import Any

from worker_ops.migrate.conversion import Conversion
from worker_ops.migrate.field import Field

_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
#: Names that the component writes itself.
_OWN = ("COPILOT_", "WORKER_")
_OWN_NAMES = ("QUEUE_NAME", "QUEUE_URI", "QUEUE_REGION", "SNS_TOPIC_ARN")
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_DYNAMIC = r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([\w./-]+?)(?::([^}]*))?\}\}"
_DYNAMIC_PART = "{{resolve:"
_ARN = r"arn:aws[a-z-]*:(ssm|secretsmanager):.+"
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
_EXPORT = r"[A-Za-z0-9:-]{1,255}"
_HERE = "${aws:partition}:%s:${aws:region}:${aws:account_id}"
#: Copilot takes a JSON key, a version's stage and its id behind a secret's name.
_IN_SECRETS_MANAGER = r"([\w/+=.@-]+)((?::[^:]*){0,3})"


def from_export(source: Field) -> str | None:
    """What takes the place of `from_cfn`: the export of a CloudFormation stack, looked up by the program."""
    export = source.get("from_cfn")
    is_name = export is not None and re.fullmatch(_EXPORT, export.text or "")
    return f"${{aws:export {export.text}}}" if export and is_name else None


def variables(source: Field, conversion: Conversion) -> None:
    """`variables`: texts, as they were written, or exports of CloudFormation's."""
    into: dict[str, str] = {}
    container_variables(source, conversion, into, conversion.args)
    if into:
        conversion.args["environment"] = into


def container_variables(
    source: Field, conversion: Conversion, into: dict[str, str], container: dict[str, Any], prefix: str = ""
) -> None:
    """A container's variables, into those that it has; `prefix` is the way to its inputs, `container` these inputs."""
    for name, field in source.fields.items():
        if name.startswith(_OWN) or name in _OWN_NAMES:
            conversion.report.by_hand(field, f"{name} is the service's own: it has the value that is right here")
        elif not re.fullmatch(_NAME, name):
            conversion.report.by_hand(field, f"{name!r} is no name of a variable that ECS takes; choose another one")
        elif field.tag:
            told = f"{field.tag} is CloudFormation's: a manifest has none, and Copilot passed on the text behind it"
            conversion.report.not_understood(field, told)
        else:
            _variable(name, field, conversion, into, container, prefix)


def _variable(
    name: str, field: Field, conversion: Conversion, into: dict[str, str], container: dict[str, Any], prefix: str
) -> None:
    """CloudFormation put values in the place of dynamic references; ECS does so for secrets."""
    referred = re.fullmatch(_DYNAMIC, field.text or "")
    value = field.text if field.text is not None else from_export(field)
    if referred and referred[1] == "ssm":
        arn = f"arn:{_HERE % 'ssm'}:parameter/{referred[2].lstrip('/')}"
        container.setdefault("secrets", {})[name] = arn
        if referred[3]:
            conversion.report.by_hand(
                field, f"it was version {referred[3]}; `{_way(prefix, 'secrets')}` has the newest one: see that it fits"
            )
        else:
            conversion.report.mapped(field, _way(prefix, "secrets"))
    elif referred:
        conversion.report.by_hand(field, "CloudFormation resolved it: name the secret's ARN in `secrets`")
    elif _DYNAMIC_PART in (field.text or ""):
        conversion.report.by_hand(
            field, "CloudFormation put a value into this text: keep it whole in a secret, its ARN in `secrets`"
        )
    elif value is None and field.value is not None:
        conversion.report.not_understood(field, "is neither a text nor from_cfn")
    else:
        into[name] = value or ""
        conversion.report.mapped(field, _way(prefix, "environment"))


def _way(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key


def secrets(source: Field, conversion: Conversion) -> None:
    """`secrets`: SSM parameters by name, secrets of Secrets Manager, ARNs, or exports that hold one."""
    container_secrets(source, conversion, conversion.args)


def container_secrets(source: Field, conversion: Conversion, container: dict[str, Any], prefix: str = "") -> None:
    """A container's secrets, into its inputs."""
    for name, field in source.fields.items():
        arn = _secret_arn(field)
        if arn is None:
            conversion.report.not_understood(field, "is no SSM parameter, no ARN, no secretsmanager and no from_cfn")
            continue
        container.setdefault("secrets", {})[name] = arn
        conversion.report.mapped(field, _way(prefix, "secrets"))


def _secret_arn(field: Field) -> str | None:
    if field.text is not None:
        if re.fullmatch(_ARN, field.text):
            return field.text
        parameter = field.text.lstrip("/")
        return f"arn:{_HERE % 'ssm'}:parameter/{parameter}" if re.fullmatch(r"[\w./-]+", parameter) else None
    if exported := from_export(field):
        return exported
    secret = field.get("secretsmanager")
    found = re.fullmatch(_IN_SECRETS_MANAGER, secret.text) if secret and secret.text else None
    # The ARN of a secret ends in characters that Secrets Manager chose.
    return f"${{aws:secret {found[1]}}}{found[2]}" if found else None


def env_file(source: Field, conversion: Conversion) -> None:
    """`env_file`: Copilot copied a file of the workspace to S3."""
    conversion.report.by_hand(
        source,
        "copy the file to a bucket of yours (aws s3 cp), and give the object's ARN in `environment_files`; what is"
        " secret in it belongs into `secrets`",
    )
