"""Variables of a container: plain ones, and secrets, which ECS reads from Secrets Manager or SSM when a task starts.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from worker_service.inputs.rules import MapOf, Text

_STORED = r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(:[^:]*){0,3}"
_PARAMETER = r"arn:aws[a-z-]*:ssm:[a-z0-9-]+:\d{12}:parameter/[\w./-]+"
#: As ECS takes them.
VARIABLE = Text(1, 255, r"[A-Za-z_][A-Za-z0-9_.-]*", "a name of letters, digits and _ . -")
ENVIRONMENT = MapOf(VARIABLE, Text(0, 32_768), maximum_entries=200)

STORED_VALUE = Text(
    1,
    2_048,
    f"{_STORED}|{_PARAMETER}",
    "an ARN of Secrets Manager, with :JSON-KEY:: behind it or not, or of an SSM parameter",
)
SECRETS = MapOf(VARIABLE, STORED_VALUE, maximum_entries=100)


def stored_values(args: Mapping[str, Any]) -> Iterator[Any]:
    """The ARNs of what ECS reads for all containers of a task; `args` need not have their defaults."""
    yield from args.get("open_telemetry", {}).get("header_secrets", {}).values()
    for container in (args, args.get("log_router", {}), *args.get("sidecars", {}).values()):
        yield from container.get("secrets", {}).values()


def secret_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """A variable has one value; keys are of secrets."""
    yield from variable_conflicts("", args)
    yield from variable_conflicts("log_router.", args.get("log_router", {}))
    if "secret_kms_key_arns" in args and not any(True for _ in stored_values(args)):
        yield "secret_kms_key_arns: goes with secrets"


def variable_conflicts(prefix: str, container: Mapping[str, Any]) -> Iterable[str]:
    """Variables of a container that have two values; `prefix` is what the names of its inputs begin with."""
    for name in container.get("secrets", {}):
        if name in container.get("environment", {}):
            yield f"{prefix}secrets.{name}: stands in environment too; leave out the one or the other"
