"""Creates what Secrets Manager and the SSM Parameter Store keep."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource


def secret(aws: Aws, resource: Resource) -> Outputs:
    """aws:secretsmanager/secret:Secret."""
    created = aws.client("secretsmanager").create_secret(
        Name=resource.physical_name(),
        Tags=resource.tag_list(),
        **resource.given({"description": "Description", "kmsKeyId": "KmsKeyId"}),
    )
    return {"id": created["ARN"], "arn": created["ARN"], "name": created["Name"]}


def secret_version(aws: Aws, resource: Resource) -> Outputs:
    """aws:secretsmanager/secretVersion:SecretVersion, of text."""
    secret_id, text = resource.inputs["secretId"], resource.inputs["secretString"]
    put = aws.client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=text)
    return {"id": f"{secret_id}|{put['VersionId']}", "arn": put["ARN"], "versionId": put["VersionId"]}


def parameter(aws: Aws, resource: Resource) -> Outputs:
    """aws:ssm/parameter:Parameter."""
    ssm, name = aws.client("ssm"), resource.physical_name()
    value = resource.inputs.get("value") or resource.inputs["insecureValue"]
    ssm.put_parameter(Name=name, Value=value, Type=resource.inputs["type"], Tags=resource.tag_list())
    return {"id": name, "name": name, "arn": ssm.get_parameter(Name=name)["Parameter"]["ARN"], "version": 1}
