"""What a policy document says about a request: pure functions over plain JSON, by IAM's evaluation rules.

Only what the box needs is understood; anything else in a policy (policy variables, set and numeric condition
operators) raises UnsupportedPolicyError, because guessing would pass wrong policies or refuse right ones.
Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any


class UnsupportedPolicyError(Exception):
    """A policy uses an element that the emulator can't judge."""


class Verdict(Enum):
    """What one or more policies say; no statement that matches is an implicit deny."""

    ALLOW = "allow"
    DENY = "deny"
    NONE = "none"


@dataclass(frozen=True)
class Principal:
    """Who calls. A role session is known by its session ARN and its role's; a service by its name."""

    arns: tuple[str, ...] = ()
    account: str = ""
    service: str = ""

    @property
    def name(self) -> str:
        """How AWS names the caller in its messages."""
        return self.arns[0] if self.arns else self.service


@dataclass(frozen=True)
class Request:
    """One action on one resource; with `resource` None its ARN is unknown, and Allow is judged by action."""

    principal: Principal
    action: str
    resource: str | None
    context: Mapping[str, str] = field(default_factory=dict)


def identity_verdict(policies: Iterable[Mapping[str, Any]], request: Request) -> Verdict:
    """What the caller's own policies say (they name no principal)."""
    return _combine(
        statement["Effect"]
        for policy in policies
        for statement in _as_list(policy.get("Statement"))
        if _applies(statement, request)
    )


def resource_verdict(policy: Mapping[str, Any], request: Request) -> Verdict:
    """What a resource's policy says to the caller, who must be named by it.

    An Allow that names the account delegates to the account's identity policies and so allows nobody but the
    account's root by itself; a Deny that names the account denies everybody in it.
    """
    return _combine(
        statement["Effect"]
        for statement in _as_list(policy.get("Statement"))
        if _names(statement, request.principal) and _applies(statement, request)
    )


def delegates_to_account(policy: Mapping[str, Any], request: Request) -> bool:
    """Whether a resource's policy leaves the request to the identity policies of the caller's account."""
    account = request.principal.account
    partition = (request.resource or "arn:aws").split(":")[1]
    root = Principal(arns=(f"arn:{partition}:iam::{account}:root",), account=account)
    return resource_verdict(policy, Request(root, request.action, request.resource, request.context)) is Verdict.ALLOW


def _combine(effects: Iterable[str]) -> Verdict:
    found = set(effects)
    if "Deny" in found:
        return Verdict.DENY
    return Verdict.ALLOW if "Allow" in found else Verdict.NONE


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _matches_action(statement, request.action)
        and _matches_resource(statement, request.resource)
        and _conditions_hold(statement.get("Condition", {}), request.context)
    )


def _matches_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(_glob(pattern.lower(), action.lower()) for pattern in _as_list(statement["NotAction"]))
    return any(_glob(pattern.lower(), action.lower()) for pattern in _as_list(statement.get("Action")))


def _matches_resource(statement: Mapping[str, Any], resource: str | None) -> bool:
    if "Resource" not in statement and "NotResource" not in statement:
        return True  # a role's trust policy has none: the role is the resource
    if resource is None:
        return statement["Effect"] == "Allow" or "*" in _as_list(statement.get("Resource"))
    if "NotResource" in statement:
        return not any(_arn_glob(pattern, resource) for pattern in _as_list(statement["NotResource"]))
    return any(_arn_glob(pattern, resource) for pattern in _as_list(statement["Resource"]))


def _names(statement: Mapping[str, Any], principal: Principal) -> bool:
    if "NotPrincipal" in statement:
        raise UnsupportedPolicyError("the emulator can't judge NotPrincipal; use Principal with a condition")
    named = statement.get("Principal", {})
    if named == "*":
        return True
    if principal.service and principal.service in _as_list(named.get("Service")):
        return True
    accounts = (principal.account, f":iam::{principal.account}:root")
    for name in _as_list(named.get("AWS")):
        if name == "*" or name in principal.arns:
            return True
        if statement["Effect"] == "Deny" and principal.account and (name == accounts[0] or name.endswith(accounts[1])):
            return True
        if name == principal.account and any(arn.endswith(":root") for arn in principal.arns):
            return True
    return False


def _conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    lowered = {key.lower(): value for key, value in context.items()}
    return all(
        _condition_holds(operator, key, _as_list(values), lowered.get(key.lower()))
        for operator, tests in conditions.items()
        for key, values in tests.items()
    )


def _condition_holds(operator: str, key: str, values: list[Any], actual: str | None) -> bool:
    name = operator.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (str(values[0]).lower() == "true")
    if name not in _OPERATORS:
        raise UnsupportedPolicyError(f"the emulator can't judge the condition operator {operator} (on {key})")
    test, negated = _OPERATORS[name]
    if actual is None:
        return negated or operator.endswith("IfExists")
    return negated != any(test(str(value), actual) for value in values)


def _equal(pattern: str, actual: str) -> bool:
    return pattern == actual


def _equal_ignoring_case(pattern: str, actual: str) -> bool:
    return pattern.lower() == actual.lower()


def _glob(pattern: str, text: str) -> bool:
    return _compiled(pattern, ".*").fullmatch(text) is not None


def _arn_glob(pattern: str, arn: str) -> bool:
    """A star stays within its part of the ARN; one that ends the part reaches over colons, as on AWS."""
    return _compiled(pattern, "[^:]*").fullmatch(arn) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, star: str) -> re.Pattern[str]:
    if "${" in pattern:
        raise UnsupportedPolicyError(f"the emulator can't judge the policy variable in {pattern!r}")
    parts = []
    for index, char in enumerate(pattern):
        if char == "*":
            ends_part = index + 1 == len(pattern) or pattern[index + 1] == ":"
            parts.append(".*" if ends_part else star)
        else:
            parts.append("." if char == "?" else re.escape(char))
    return re.compile("".join(parts), re.DOTALL)


# operator: (how one value is compared, whether no value may match)
_OPERATORS: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_ignoring_case, False),
    "StringNotEqualsIgnoreCase": (_equal_ignoring_case, True),
    "StringLike": (_glob, False),
    "StringNotLike": (_glob, True),
    "ArnEquals": (_arn_glob, False),
    "ArnLike": (_arn_glob, False),
    "ArnNotEquals": (_arn_glob, True),
    "ArnNotLike": (_arn_glob, True),
    "Bool": (_equal_ignoring_case, False),
}


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
