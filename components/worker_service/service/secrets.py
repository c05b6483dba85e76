"""Variables of a container: plain ones, and secrets, which ECS reads from Secrets Manager or SSM when a task starts.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html
"""

from collections.abc import Iterable, Mapping
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


def secret_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """A variable has one value; keys are of secrets."""
    for name in args["secrets"]:
        if name in args["environment"]:
            yield f"secrets.{name}: stands in environment too; leave out the one or the other"
    if "secret_kms_key_arns" in args and not args["secrets"]:
        yield "secret_kms_key_arns: goes with secrets"
