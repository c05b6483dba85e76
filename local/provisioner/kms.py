"""Creates KMS resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

_KEY = {"description": "Description", "keyUsage": "KeyUsage", "customerMasterKeySpec": "KeySpec", "policy": "Policy"}


def key(aws: Aws, resource: Resource) -> Outputs:
    """aws:kms/key:Key."""
    kms = aws.client("kms")
    created = kms.create_key(**resource.given(_KEY), Tags=resource.tag_list("TagKey", "TagValue"))["KeyMetadata"]
    if resource.inputs.get("enableKeyRotation"):
        kms.enable_key_rotation(KeyId=created["KeyId"])
    return {"id": created["KeyId"], "keyId": created["KeyId"], "arn": created["Arn"]}


def key_policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:kms/keyPolicy:KeyPolicy."""
    key_id = resource.inputs["keyId"]
    # "default" is the only name that a key's policy can have.
    aws.client("kms").put_key_policy(KeyId=key_id, PolicyName="default", Policy=resource.inputs["policy"])
    return {"id": key_id}
