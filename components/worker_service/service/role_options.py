"""What a company asks of every role, and what a handler needs beyond its messages."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from worker_service.inputs.rules import AnyObject, ListOf, MapOf, Text

POLICY_ARN = Text(
    20,
    2_048,
    r"arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+",
    "a managed policy's ARN such as arn:aws:iam::111122223333:policy/name",
)
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
POLICY_ARNS = ListOf(POLICY_ARN, maximum_items=10)
ROLE_PATH = Text(1, 512, r"/([\x21-\x7e]+/)?", "a path that begins and ends with a slash, such as /teams/shop/")
TASK_POLICIES = MapOf(
    Text(1, 20, r"[a-z][a-z0-9-]*", "1 to 20 lower-case letters, digits and hyphens that begin with a letter"),
    AnyObject(),
    maximum_entries=10,
)
#: Inline policies of a role have 10,240 characters together; the service's own need up to 4,000.
MAX_TASK_POLICY_CHARACTERS = 6_240

_OF_ROLES = (
    "environment_files",
    "efs_volumes",
    "permissions_boundary_arn",
    "role_path",
    "task_policies",
    "managed_policy_arns",
    "task_role_arn",
    "execution_role_arn",
)
_OF_MADE_ROLES = ("task_policies", "managed_policy_arns")


def role_options(args: Mapping[str, Any]) -> dict[str, Any]:
    """What of a service's arguments its roles take as it is, None where it is left out."""
    return {key: args.get(key) for key in _OF_ROLES}


def role_option_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Policies are documents, fit into a role, and belong to a role that is made here."""
    if "task_role_arn" in args:
        yield from (
            f"{key}: is for a task role made here; attach it to the existing one yourself"
            for key in _OF_MADE_ROLES
            if args[key]
        )
    length = sum(len(json.dumps(document, separators=(",", ":"))) for document in args["task_policies"].values())
    if length > MAX_TASK_POLICY_CHARACTERS:
        yield (
            f"task_policies: {length} characters are more than {MAX_TASK_POLICY_CHARACTERS}, what a role has left; make"
            " a managed policy of them, for managed_policy_arns"
        )
    for name, policy in args["task_policies"].items():
        statements = policy.get("Statement")
        if (
            not isinstance(statements, list)
            or not statements
            or not all(isinstance(one, Mapping) for one in statements)
        ):
            yield f"task_policies.{name}.Statement: {statements!r} is not a list of statements"
