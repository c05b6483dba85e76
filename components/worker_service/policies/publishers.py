"""Who beside the account's own principals may publish to a topic, as statements of its policy and of its key's.

https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from worker_service.policies.statements import Statement, allow

#: EventBridge names neither rule nor account where it encrypts: a condition on them would keep it out.
#: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
_NAMES_NO_SOURCE = ("events",)


def publisher_statements(
    publishers: Mapping[str, Any],
    *,
    sid: str,
    actions: str | Sequence[str],
    resource: str,
    partition: str,
    account_id: str,
) -> list[Statement]:
    """Allow the actions to each kind of publisher; services only when they act for the topic's own account."""
    statements: list[Statement] = []

    def let(who: str, principal: Any, **conditions: Any) -> None:
        statements.append({**allow(f"{sid}For{who}", actions, resource, **conditions), "Principal": principal})

    if accounts := publishers.get("account_ids"):
        let("Accounts", {"AWS": [f"arn:{partition}:iam::{account}:root" for account in accounts]})
    if roles := publishers.get("role_arns"):
        let("Roles", {"AWS": list(roles)})
    services = list(publishers.get("services", ()))
    if unsourced := [service for service in services if service in _NAMES_NO_SOURCE]:
        let("Events", {"Service": _principals(unsourced)})
    if sourced := [service for service in services if service not in _NAMES_NO_SOURCE]:
        let("Services", {"Service": _principals(sourced)}, StringEquals={"aws:SourceAccount": account_id})
    if organization := publishers.get("organization_id"):
        let("Organization", {"AWS": "*"}, StringEquals={"aws:PrincipalOrgID": organization})
    return statements


def _principals(services: Sequence[str]) -> list[str]:
    return [f"{service}.amazonaws.com" for service in services]
