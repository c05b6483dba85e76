"""Whether a caller may do one thing: its policies, the resource's and its limits, within one account.

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
    if permission.policy_decides:
        return _reason_where_policy_decides(permission, request, identity, resource)
    if Verdict.ALLOW in (identity, resource):
        return ""
    kind = "resource" if caller.principal.service else "identity"
    return f"because no {kind}-based policy allows the {permission.action} action"


def _reason_where_policy_decides(permission: Permission, request: Request, identity: Verdict, resource: Verdict) -> str:
    if resource is Verdict.ALLOW:
        return ""
    if not permission.policy or not request.principal.account or not delegates_to_account(permission.policy, request):
        return f"because no resource-based policy allows the {permission.action} action"
    if identity is Verdict.ALLOW:
        return ""
    return f"because no identity-based policy allows the {permission.action} action"
