"""Creates IAM resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

ROLE = {
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
        **resource.given(ROLE),
    )["Role"]
    return {
        "id": created["RoleName"],
        "name": created["RoleName"],
        "arn": created["Arn"],
        "uniqueId": created["RoleId"],
        "createDate": created["CreateDate"].isoformat(),
    }


def policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:iam/policy:Policy."""
    created = aws.client("iam").create_policy(
        PolicyName=resource.physical_name(),
        PolicyDocument=resource.inputs["policy"],
        Tags=resource.tag_list(),
        **resource.given({"path": "Path", "description": "Description"}),
    )["Policy"]
    return {"id": created["Arn"], "arn": created["Arn"], "name": created["PolicyName"]}


def role_policy_attachment(aws: Aws, resource: Resource) -> Outputs:
    """aws:iam/rolePolicyAttachment:RolePolicyAttachment."""
    role_name, arn = resource.inputs["role"], resource.inputs["policyArn"]
    aws.client("iam").attach_role_policy(RoleName=role_name, PolicyArn=arn)
    return {"id": f"{role_name}/{arn}"}


def role_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:iam/rolePolicy:RolePolicy."""
    role_name, name = resource.inputs["role"], resource.physical_name()
    aws.client("iam").put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=resource.inputs["policy"])
    return {"id": f"{role_name}:{name}", "name": name}
