"""Reads, changes and deletes KMS resources."""

from __future__ import annotations

import json

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.tags import tag_map, tagging
from local.provisioner.kms import KEY
from local.provisioner.resource import Resource

#: The provider's default: https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
_DELETION_WINDOW_DAYS = 30


def _read_key(aws: Aws, thing: Thing) -> Properties:
    kms = aws.client("kms")
    metadata = kms.describe_key(KeyId=thing.id)["KeyMetadata"]
    if metadata["KeyState"] == "PendingDeletion":
        raise LookupError("the key waits for its deletion")
    return {
        "keyId": metadata["KeyId"],
        "arn": metadata["Arn"],
        **{key: metadata[name] for key, name in KEY.items() if name in metadata},
        "isEnabled": metadata["Enabled"],
        "enableKeyRotation": kms.get_key_rotation_status(KeyId=thing.id)["KeyRotationEnabled"],
        "tags": tag_map(kms.list_resource_tags(KeyId=thing.id)["Tags"], "TagKey", "TagValue"),
    }


def _update_key(aws: Aws, thing: Thing, changed: Resource) -> None:
    kms = aws.client("kms")
    if "description" in changed.inputs:
        kms.update_key_description(KeyId=thing.id, Description=changed.inputs["description"])
    if "policy" in changed.inputs:
        kms.put_key_policy(KeyId=thing.id, PolicyName="default", Policy=changed.inputs["policy"])
    if "enableKeyRotation" in changed.inputs:
        rotate = kms.enable_key_rotation if changed.inputs["enableKeyRotation"] else kms.disable_key_rotation
        rotate(KeyId=thing.id)


def _delete_key(aws: Aws, thing: Thing) -> None:
    """Keys are never deleted at once: whoever still needs one has this long to say so."""
    days = thing.known.get("deletionWindowInDays") or _DELETION_WINDOW_DAYS
    aws.client("kms").schedule_key_deletion(KeyId=thing.id, PendingWindowInDays=days)


def _read_alias(aws: Aws, thing: Thing) -> Properties:
    kms = aws.client("kms")
    alias = found([alias for alias in kms.list_aliases()["Aliases"] if alias["AliasName"] == thing.id])
    target = kms.describe_key(KeyId=alias["TargetKeyId"])["KeyMetadata"]
    return {
        "name": thing.id,
        "arn": alias["AliasArn"],
        "targetKeyId": target["KeyId"],
        "targetKeyArn": target["Arn"],
    }


def _update_alias(aws: Aws, thing: Thing, changed: Resource) -> None:
    aws.client("kms").update_alias(AliasName=thing.id, TargetKeyId=changed.inputs["targetKeyId"])


def _read_key_policy(aws: Aws, thing: Thing) -> Properties:
    policy = aws.client("kms").get_key_policy(KeyId=thing.id, PolicyName="default")["Policy"]
    return {"keyId": thing.id, "policy": policy}


def _reset_key_policy(aws: Aws, thing: Thing) -> None:
    """A key always has a policy: the provider leaves KMS's own, which leaves the key to the account's IAM."""
    kms = aws.client("kms")
    account = kms.describe_key(KeyId=thing.id)["KeyMetadata"]["Arn"].split(":")[4]
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kms.put_key_policy(KeyId=thing.id, PolicyName="default", Policy=policy)


KINDS = {
    "aws:kms/alias:Alias": Kind(
        _read_alias, lambda aws, thing: aws.client("kms").delete_alias(AliasName=thing.id), _update_alias
    ),
    "aws:kms/key:Key": Kind(_read_key, _delete_key, _update_key, tagging("kms", "KeyId", shape=("TagKey", "TagValue"))),
    "aws:kms/keyPolicy:KeyPolicy": Kind(_read_key_policy, _reset_key_policy),
}
