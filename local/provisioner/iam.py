"""Creates IAM resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

_ROLE = {
    "path": "Path",
    "description": "Description",
    "maxSessionDuration": "MaxSessionDuration",
    "permissionsBoundary": "PermissionsBoundary",
}


def role(aws: Aws, resource: Resource) -> Outputs:
    """aws:iam/role:Role."""
    created = aws.client("iam").create_role(
        RoleName=resource.physical_name(),
        AssumeRolePolicyDocument=resource.inputs["assumeRolePolicy"],
        Tags=resource.tag_list(),
        **resource.given(_ROLE),
    )["Role"]
    return {
        "id": created["RoleName"],
        "name": created["RoleName"],
        "arn": created["Arn"],
        "uniqueId": created["RoleId"],
        "createDate": created["CreateDate"].isoformat(),
    }


def role_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:iam/rolePolicy:RolePolicy."""
    role_name, name = resource.inputs["role"], resource.physical_name()
    aws.client("iam").put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=resource.inputs["policy"])
    return {"id": f"{role_name}:{name}", "name": name}
