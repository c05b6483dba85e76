"""Whether a caller may do one thing: its policies, the resource's and its limits, within one account.

Rules: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.emulator.credentials import Caller
from local.emulator.denials import DENIALS, Denial
from local.emulator.iam_policy import (
    Request,
    Verdict,
    delegates_to_account,
    identity_verdict,
    resource_verdict,
)


@dataclass(frozen=True)
class Need:
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


def denied(caller: Caller, need: Need, context: Mapping[str, str]) -> Denial | None:
    """Why the caller may not, or None when it may. A denial is also put on the log."""
    reason = _reason(caller, need, Request(caller.principal, need.action, need.resource, {**context, **need.context}))
    if not reason:
        return None
    denial = Denial(caller.principal.name, need.action, need.resource or "*", reason)
    DENIALS.add(denial)
    return denial


def _reason(caller: Caller, need: Need, request: Request) -> str:
    identity = Verdict.ALLOW if caller.is_root else identity_verdict(caller.policies, request)
    resource = resource_verdict(need.policy, request) if need.policy else Verdict.NONE
    if Verdict.DENY in (identity, resource):
        kind = "identity" if identity is Verdict.DENY else "resource"
        return f"with an explicit deny in {'an' if kind == 'identity' else 'a'} {kind}-based policy"
    for name, policies in caller.limits:
        if identity_verdict(policies, request) is not Verdict.ALLOW:
            return f"because no {name} allows the {need.action} action"
    if need.policy_decides:
        return _reason_where_policy_decides(need, request, identity, resource)
    if Verdict.ALLOW in (identity, resource):
        return ""
    kind = "resource" if caller.principal.service else "identity"
    return f"because no {kind}-based policy allows the {need.action} action"


def _reason_where_policy_decides(need: Need, request: Request, identity: Verdict, resource: Verdict) -> str:
    if resource is Verdict.ALLOW:
        return ""
    if not need.policy or not request.principal.account or not delegates_to_account(need.policy, request):
        return f"because no resource-based policy allows the {need.action} action"
    if identity is Verdict.ALLOW:
        return ""
    return f"because no identity-based policy allows the {need.action} action"
