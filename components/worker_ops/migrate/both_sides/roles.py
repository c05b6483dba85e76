"""The task roles of both sides: what the old one may and the new one may not, before a handler fails by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from worker_ops.account import Account
from worker_ops.migrate.both_sides.check import Check, Step
from worker_ops.migrate.both_sides.ecs_services import EcsService
from worker_ops.migrate.both_sides.policy_reach import Right, has_exceptions, rights_of
from worker_ops.migrate.both_sides.queues import Queue


def of_roles(
    account: Account,
    old_role_arns: Sequence[str],
    taking: EcsService | None,
    old: Sequence[Queue],
    new: Sequence[Queue],
) -> Iterator[Check]:
    """Each right that the new role lacks; a right on an old queue is one on a new queue of its kind."""
    if not taking or not taking.task_role_arn or not old_role_arns:
        return
    name = _name(taking.task_role_arn)
    given = rights_of(_documents(account, taking.task_role_arn))
    for old_arn in old_role_arns:
        documents = _documents(account, old_arn)
        lacking = [right for right in rights_of(documents) if not _is_given(right, given, old, new)]
        for right in lacking:
            told = (
                f"{_name(old_arn)} may on {right.resource}, {name} may not: `task_policies`, where a handler calls it"
            )
            yield Check(right.action, is_met=False, told=told, before=Step.UNSUBSCRIBE, is_choice=True)
        if has_exceptions(documents):
            told = "NotAction or NotResource allows all but some: see yourself what of it a handler calls"
            yield Check(_name(old_arn), is_met=False, told=told, before=Step.UNSUBSCRIBE, is_choice=True)
        elif not lacking:
            yield Check(name, is_met=True, told=f"may whatever {_name(old_arn)} may", before=Step.UNSUBSCRIBE)


def _is_given(right: Right, given: Sequence[Right], old: Sequence[Queue], new: Sequence[Queue]) -> bool:
    meant = [right, *_moved(right, old, new)]
    return any(one.is_within(other) for one in meant for other in given)


def _moved(right: Right, old: Sequence[Queue], new: Sequence[Queue]) -> list[Right]:
    """The same right on what takes the place of an old queue or its key."""
    found: list[Right] = []
    for queue in old:
        successors = [other for other in new if other.is_dead_letters == queue.is_dead_letters]
        if right.resource == queue.arn:
            found += [Right(right.action, other.arn) for other in successors]
        if queue.key_id and right.resource.endswith(queue.key_id.rpartition("/")[2]):
            found += [Right(right.action, other.key_id) for other in successors if other.key_id]
    return found


def _documents(account: Account, role_arn: str) -> list[Mapping[str, Any]]:
    """The policies of a role, its own and those that are attached to it."""
    role = {"RoleName": _name(role_arn)}
    own = [
        account.call("iam", "get_role_policy", **role, PolicyName=name)["PolicyDocument"]
        for page in account.pages("iam", "list_role_policies", **role)
        for name in page["PolicyNames"]
    ]
    attached = [
        _managed(account, policy["PolicyArn"])
        for page in account.pages("iam", "list_attached_role_policies", **role)
        for policy in page["AttachedPolicies"]
    ]
    return [*own, *attached]


def _managed(account: Account, arn: str) -> Mapping[str, Any]:
    version = account.call("iam", "get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return account.call("iam", "get_policy_version", PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def _name(role_arn: str) -> str:
    return role_arn.rpartition("/")[2]
