"""What ECS reads for a task when it starts it, with the execution role's rights: secrets and environment files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.aws import Aws
from local.errors import BoxError
from worker_service.service.deployment.stopped_task import stopped_reason

#: What `pulumi up` says of tasks that fail so.
_, _NEXT_FOR_SECRETS = stopped_reason({"stoppedReason": "unable to retrieve secrets"})
_, _NEXT_FOR_FILES = stopped_reason({"stoppedReason": "failed to download env files"})


def read_secrets(aws: Aws, service_name: str, secrets: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The values by variable. `aws` acts as the execution role. Raises BoxError naming all that cannot be read."""
    values: dict[str, str] = {}
    problems: list[str] = []
    for secret in secrets:
        try:
            values[secret["name"]] = _value(aws, secret["valueFrom"])
        except (ClientError, BotoCoreError, LookupError, ValueError) as error:
            problems.append(f"{secret['name']}: {secret['valueFrom']} cannot be read: {_said(error)}")
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise BoxError(f"{service_name}: no task could start:{listed}\n  next: {_NEXT_FOR_SECRETS}")
    return values


def read_environment_files(aws: Aws, service_name: str, arns: Iterable[str]) -> dict[str, str]:
    """The variables of files in S3, the first one's first. `aws` acts as the execution role. Raises BoxError."""
    values: dict[str, str] = {}
    problems: list[str] = []
    for arn in arns:
        bucket, _, key = arn.split(":::", 1)[1].partition("/")
        try:
            text = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        except (ClientError, BotoCoreError, ValueError) as error:
            problems.append(f"{arn} cannot be read: {_said(error)}")
            continue
        for name, value in _variables(text):
            values.setdefault(name, value)
    if problems:
        listed = "".join(f"\n  {problem}" for problem in problems)
        raise BoxError(f"{service_name}: no task could start:{listed}\n  next: {_NEXT_FOR_FILES}")
    return values


def _variables(text: str) -> Iterable[tuple[str, str]]:
    """Lines of NAME=value; those that begin with # say nothing.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
    """
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and name and not name.startswith("#"):
            yield name, value


def _value(aws: Aws, arn: str) -> str:
    if ":secretsmanager:" not in arn:
        answer = aws.client("ssm").get_parameters(Names=[_parameter_name(arn)], WithDecryption=True)
        if not answer["Parameters"]:
            raise LookupError("there is no such parameter")
        return answer["Parameters"][0]["Value"]
    parts = arn.split(":")
    text = aws.client("secretsmanager").get_secret_value(SecretId=":".join(parts[:7]))["SecretString"]
    return _field(text, parts[7]) if len(parts) > 7 and parts[7] else text


def _field(text: str, key: str) -> str:
    document = json.loads(text)
    if not isinstance(document, dict) or key not in document:
        raise LookupError(f"it has no field {key!r}")
    value: Any = document[key]
    return value if isinstance(value, str) else json.dumps(value)


def _parameter_name(arn: str) -> str:
    """A name with a path begins with a slash, which its ARN has once only."""
    name = arn.split(":parameter/", 1)[1]
    return f"/{name}" if "/" in name else name


def _said(error: Exception) -> str:
    if isinstance(error, ClientError):
        details = error.response["Error"]
        return f"{details['Code']}: {details['Message']}"
    return str(error.args[0]) if error.args else type(error).__name__
