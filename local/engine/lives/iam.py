"""Reads, changes and deletes IAM resources."""

from __future__ import annotations

import json

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.tags import tag_map, tagging
from local.provisioner.iam import ROLE
from local.provisioner.resource import Resource


def _read_role(aws: Aws, thing: Thing) -> Properties:
    role = aws.client("iam").get_role(RoleName=thing.id)["Role"]
    return {
        **{key: role[name] for key, name in ROLE.items() if isinstance(role.get(name), str | int)},
        "name": role["RoleName"],
        "arn": role["Arn"],
        "uniqueId": role["RoleId"],
        "createDate": role["CreateDate"].isoformat(),
        "assumeRolePolicy": json.dumps(role["AssumeRolePolicyDocument"]),
        "tags": tag_map(role.get("Tags", [])),
    }


def _update_role(aws: Aws, thing: Thing, changed: Resource) -> None:
    iam = aws.client("iam")
    if "assumeRolePolicy" in changed.inputs:
        iam.update_assume_role_policy(RoleName=thing.id, PolicyDocument=changed.inputs["assumeRolePolicy"])
    settings = changed.given({"description": "Description", "maxSessionDuration": "MaxSessionDuration"})
    if settings:
        iam.update_role(RoleName=thing.id, **settings)
    boundary = changed.inputs.get("permissionsBoundary")
    if boundary:
        iam.put_role_permissions_boundary(RoleName=thing.id, PermissionsBoundary=boundary)
    elif boundary is not None:
        iam.delete_role_permissions_boundary(RoleName=thing.id)


def _read_role_policy(aws: Aws, thing: Thing) -> Properties:
    role_name, _, name = thing.id.partition(":")
    policy = aws.client("iam").get_role_policy(RoleName=role_name, PolicyName=name)
    return {"role": role_name, "name": name, "policy": json.dumps(policy["PolicyDocument"])}


def _delete_role_policy(aws: Aws, thing: Thing) -> None:
    role_name, _, name = thing.id.partition(":")
    aws.client("iam").delete_role_policy(RoleName=role_name, PolicyName=name)


def _read_attachment(aws: Aws, thing: Thing) -> Properties:
    role_name, _, arn = thing.id.partition("/")
    attached = aws.client("iam").list_attached_role_policies(RoleName=role_name)["AttachedPolicies"]
    found([policy for policy in attached if policy["PolicyArn"] == arn])
    return {"role": role_name, "policyArn": arn}


def _delete_attachment(aws: Aws, thing: Thing) -> None:
    role_name, _, arn = thing.id.partition("/")
    aws.client("iam").detach_role_policy(RoleName=role_name, PolicyArn=arn)


def _read_policy(aws: Aws, thing: Thing) -> Properties:
    iam = aws.client("iam")
    policy = iam.get_policy(PolicyArn=thing.id)["Policy"]
    version = iam.get_policy_version(PolicyArn=thing.id, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return {
        "arn": thing.id,
        "name": policy["PolicyName"],
        "path": policy["Path"],
        "description": policy.get("Description", ""),
        "policy": json.dumps(version["Document"]),
        "tags": tag_map(policy.get("Tags", [])),
    }


def _update_policy(aws: Aws, thing: Thing, changed: Resource) -> None:
    iam = aws.client("iam")
    if "policy" in changed.inputs:
        _delete_other_versions(aws, thing)  # a policy has five versions at most
        iam.create_policy_version(PolicyArn=thing.id, PolicyDocument=changed.inputs["policy"], SetAsDefault=True)


def _delete_policy(aws: Aws, thing: Thing) -> None:
    _delete_other_versions(aws, thing)
    aws.client("iam").delete_policy(PolicyArn=thing.id)


def _delete_other_versions(aws: Aws, thing: Thing) -> None:
    iam = aws.client("iam")
    for version in iam.list_policy_versions(PolicyArn=thing.id)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=thing.id, VersionId=version["VersionId"])


KINDS = {
    "aws:iam/policy:Policy": Kind(
        _read_policy,
        _delete_policy,
        _update_policy,
        tagging("iam", "PolicyArn", calls=("tag_policy", "untag_policy")),
    ),
    "aws:iam/role:Role": Kind(
        _read_role,
        lambda aws, thing: aws.client("iam").delete_role(RoleName=thing.id),
        _update_role,
        tagging("iam", "RoleName", calls=("tag_role", "untag_role")),
    ),
    "aws:iam/rolePolicy:RolePolicy": Kind(_read_role_policy, _delete_role_policy),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Kind(_read_attachment, _delete_attachment),
}
