"""Creates KMS resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

KEY = {"description": "Description", "keyUsage": "KeyUsage", "customerMasterKeySpec": "KeySpec", "policy": "Policy"}


def key(aws: Aws, resource: Resource) -> Outputs:
    """aws:kms/key:Key."""
    kms = aws.client("kms")
    created = kms.create_key(**resource.given(KEY), Tags=resource.tag_list("TagKey", "TagValue"))["KeyMetadata"]
    if resource.inputs.get("enableKeyRotation"):
        kms.enable_key_rotation(KeyId=created["KeyId"])
    return {"id": created["KeyId"], "keyId": created["KeyId"], "arn": created["Arn"]}


def alias(aws: Aws, resource: Resource) -> Outputs:
    """aws:kms/alias:Alias."""
    name = resource.inputs.get("name") or f"alias/{resource.physical_name()}"
    kms, key_id = aws.client("kms"), resource.inputs["targetKeyId"]
    kms.create_alias(AliasName=name, TargetKeyId=key_id)
    key_arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    return {"id": name, "name": name, "arn": f"{key_arn.rsplit(':', 1)[0]}:{name}", "targetKeyArn": key_arn}


def key_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:kms/keyPolicy:KeyPolicy."""
    key_id = resource.inputs["keyId"]
    # "default" is the only name that a key's policy can have.
    aws.client("kms").put_key_policy(KeyId=key_id, PolicyName="default", Policy=resource.inputs["policy"])
    return {"id": key_id}
