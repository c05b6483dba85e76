"""Whether a caller may do one thing: its policies, the resource's and its limits, in one account or across two.

Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.emulator.iam.caller import Caller
from local.emulator.iam.denial_log import DENIALS, Denial
from local.emulator.iam.policy_verdict import (
    Request,
    Verdict,
    delegates_to_account,
    identity_verdict,
    resource_verdict,
)


@dataclass(frozen=True)
class Permission:
    """A permission that a call needs. `resource` None: the emulator does not know the ARN.

    `policy` is the resource's own policy, if it has one. For most services either it or the caller's policies
    may allow; with `policy_decides` (KMS keys, and roles to be assumed) it must name the caller, or leave the
    matter to the account and so to the caller's policies.
    """

    action: str
    resource: str | None
    policy: Mapping[str, Any] | None = None
    policy_decides: bool = False
    context: Mapping[str, str] = field(default_factory=dict)


def denied(caller: Caller, permission: Permission, context: Mapping[str, str]) -> Denial | None:
    """Why the caller may not, or None when it may. A denial is also put on the log."""
    context = {**context, **permission.context}
    reason = _reason(caller, permission, Request(caller.principal, permission.action, permission.resource, context))
    if not reason:
        return None
    denial = Denial(caller.principal.name, permission.action, permission.resource or "*", reason)
    DENIALS.add(denial)
    return denial


def _reason(caller: Caller, permission: Permission, request: Request) -> str:
    identity = Verdict.ALLOW if caller.is_root else identity_verdict(caller.policies, request)
    resource = resource_verdict(permission.policy, request) if permission.policy else Verdict.NONE
    if Verdict.DENY in (identity, resource):
        kind = "identity" if identity is Verdict.DENY else "resource"
        return f"with an explicit deny in {'an' if kind == 'identity' else 'a'} {kind}-based policy"
    for name, policies in caller.limits:
        if identity_verdict(policies, request) is not Verdict.ALLOW:
            return f"because no {name} allows the {permission.action} action"
    crosses = _is_of_another_account(caller, permission)
    if permission.policy_decides or crosses:
        # In one account, whom a key's or a role's policy names needs no policy of its own.
        identity = Verdict.ALLOW if resource is Verdict.ALLOW and not crosses else identity
        return _reason_where_policy_decides(permission, request, identity, resource)
    if Verdict.ALLOW in (identity, resource):
        return ""
    kind = "resource" if caller.principal.service else "identity"
    return f"because no {kind}-based policy allows the {permission.action} action"


def _is_of_another_account(caller: Caller, permission: Permission) -> bool:
    """Then the resource's policy has to let the caller in, and the caller's own have to agree.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    account = caller.principal.account
    return bool(account) and _account_of(permission) not in ("", account)


def _account_of(permission: Permission) -> str:
    """Whose the resource is; empty where its ARN does not say."""
    parts = (permission.resource or "").split(":", 5)
    return parts[4] if len(parts) > 5 else ""


def _delegates(permission: Permission, request: Request) -> bool:
    policy = permission.policy
    return bool(policy and request.principal.account and delegates_to_account(policy, request))


def _reason_where_policy_decides(permission: Permission, request: Request, identity: Verdict, resource: Verdict) -> str:
    if resource is not Verdict.ALLOW and not _delegates(permission, request):
        return f"because no resource-based policy allows the {permission.action} action"
    if identity is Verdict.ALLOW:
        return ""
    return f"because no identity-based policy allows the {permission.action} action"
