"""Who calls: an access key is an account's root, an IAM user's, or a role session's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from moto.core.utils import utcnow
from moto.iam.models import IAMBackend, ManagedPolicy, Role, User, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from local.emulator.account import ACCOUNT_ID, ADMIN_CREDENTIALS, account_of_root
from local.emulator.iam.policy_verdict import Principal

Policies = list[dict[str, Any]]


class UnknownKeyError(Exception):
    """No such access key, or a session token that isn't its own."""


class ExpiredKeyError(Exception):
    """A role session that has ended."""


@dataclass(frozen=True)
class Caller:
    """A caller, what its policies grant, and which further policies limit that: each must allow, too."""

    principal: Principal
    secret_access_key: str
    policies: Policies = field(default_factory=list)
    limits: tuple[tuple[str, Policies], ...] = ()
    is_root: bool = False


def identify(access_key_id: str, session_token: str, partition: str) -> Caller:
    """The caller of an access key. Raises UnknownKeyError or ExpiredKeyError."""
    if root_of := account_of_root(access_key_id):
        return root(partition, root_of)
    for backends in list(sts_backends.values()):
        for session in reversed(backends[partition].assumed_roles):
            if session.access_key_id == access_key_id:
                return _session_caller(session, session_token)
    for account_id, backends in list(iam_backends.items()):
        if caller := _user(backends[partition], access_key_id, account_id):
            return caller
    raise UnknownKeyError(access_key_id)


def root(partition: str, account_id: str = ACCOUNT_ID) -> Caller:
    """An account itself, which may do everything in it."""
    principal = Principal(arns=(f"arn:{partition}:iam::{account_id}:root",), account=account_id)
    return Caller(principal, ADMIN_CREDENTIALS["AWS_SECRET_ACCESS_KEY"], is_root=True)


def role_by_arn(role_arn: str) -> Role | None:
    """The role, or None."""
    if role_arn.count(":") < 5:  # arn:partition:iam::account:role/name
        return None
    _, partition, _, _, account_id, _ = role_arn.split(":", 5)
    iam = iam_backends[account_id][partition]
    return next((role for role in list(iam.roles.values()) if role.arn == role_arn), None)


@lru_cache(maxsize=1024)
def parse_policy(document: str) -> dict[str, Any]:
    """A policy document's JSON. The result is shared: leave it as it is."""
    return json.loads(document)


def _user(iam: IAMBackend, access_key_id: str, account_id: str) -> Caller | None:
    for user in list(iam.users.values()):
        for key in user.access_keys:
            if key.access_key_id == access_key_id and key.status == "Active":
                return _user_caller(iam, user, key.secret_access_key, account_id)
    return None


def _session_caller(session: AssumedRole, session_token: str) -> Caller:
    if session_token != session.session_token:
        raise UnknownKeyError(session.access_key_id)
    if session.expiration <= utcnow():
        raise ExpiredKeyError(session.access_key_id)
    role = role_by_arn(session.role_arn)
    if role is None:
        raise UnknownKeyError(session.access_key_id)
    account_id = session.role_arn.split(":")[4]
    limits = []
    if session.policy:
        limits.append(("session policy", [parse_policy(session.policy)]))
    if role.permissions_boundary_arn:
        iam = iam_backends[account_id][session.partition]
        boundary = iam.managed_policies[role.permissions_boundary_arn]
        limits.append(("permissions boundary", [_document(boundary)]))
    return Caller(
        Principal(arns=(session.arn, session.role_arn), account=account_id),
        session.secret_access_key,
        [*_policies(role.policies.values(), role.managed_policies.values())],
        tuple(limits),
    )


def _user_caller(iam: IAMBackend, user: User, secret_access_key: str, account_id: str) -> Caller:
    policies = [*_policies(user.policies.values(), user.managed_policies.values())]
    for group in list(iam.groups.values()):
        if user in group.users:
            policies += _policies(group.policies.values(), group.managed_policies.values())
    return Caller(Principal(arns=(user.arn,), account=account_id), secret_access_key, policies)


def _policies(inline: Iterable[str], attached: Iterable[ManagedPolicy]) -> Iterable[dict[str, Any]]:
    yield from (parse_policy(document) for document in inline)
    yield from (_document(policy) for policy in attached)


def _document(policy: ManagedPolicy) -> dict[str, Any]:
    default = next(version for version in policy.versions if version.version_id == policy.default_version_id)
    return parse_policy(default.document)
