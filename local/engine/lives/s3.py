"""Reads and deletes S3 resources; to change a bucket's setting is to put it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing
from local.engine.shapes import camel_keys
from local.engine.tags import tag_list, tag_map
from local.provisioner.s3 import LIFECYCLE_DAYS


def _read_bucket(aws: Aws, thing: Thing) -> Properties:
    s3 = aws.client("s3")
    s3.head_bucket(Bucket=thing.id)
    return {
        "bucket": thing.id,
        "arn": f"arn:aws:s3:::{thing.id}",
        "region": aws.region,
        "tags": _tags(s3, thing.id),
    }


def _tags(s3: Any, bucket: str) -> dict[str, str]:
    try:
        return tag_map(s3.get_bucket_tagging(Bucket=bucket)["TagSet"])
    except ClientError:
        return {}  # S3 calls having no tags an error


def _retag_bucket(aws: Aws, thing: Thing, to_set: dict[str, str], _to_remove: list[str]) -> None:
    aws.client("s3").put_bucket_tagging(Bucket=thing.id, Tagging={"TagSet": tag_list(to_set)})


def _delete_bucket(aws: Aws, thing: Thing) -> None:
    s3 = aws.client("s3")
    if thing.known.get("forceDestroy"):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=thing.id):
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=thing.id, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=thing.id)


def _setting(get: str, delete: str = "", read: Callable[[dict[str, Any]], Properties] = lambda _: {}) -> Kind:
    """A setting of a bucket, by the calls that get and delete it; without the latter it goes with the bucket."""

    def look(aws: Aws, thing: Thing) -> Properties:
        return {"bucket": thing.id, **read(getattr(aws.client("s3"), get)(Bucket=thing.id))}

    def clear(aws: Aws, thing: Thing) -> None:
        if delete:
            getattr(aws.client("s3"), delete)(Bucket=thing.id)

    return Kind(look, clear)


def _read_public_access_block(answer: dict[str, Any]) -> Properties:
    block = answer["PublicAccessBlockConfiguration"]
    return {key[0].lower() + key[1:]: value for key, value in block.items()}


def _read_ownership(answer: dict[str, Any]) -> Properties:
    [rule] = answer["OwnershipControls"]["Rules"]
    return {"rule": {"objectOwnership": rule["ObjectOwnership"]}}


def _read_encryption(answer: dict[str, Any]) -> Properties:
    rules = answer["ServerSideEncryptionConfiguration"]["Rules"]
    return {
        "rules": [
            {
                "applyServerSideEncryptionByDefault": {
                    "sseAlgorithm": rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
                    "kmsMasterKeyId": rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", ""),
                },
                "bucketKeyEnabled": rule.get("BucketKeyEnabled", False),
            }
            for rule in rules
        ]
    }


def _read_lifecycle(answer: dict[str, Any]) -> Properties:
    return {
        "rules": [
            {
                "id": rule["ID"],
                "status": rule["Status"],
                "filter": camel_keys(rule["Filter"]),
                **{
                    key: {own_days: rule[setting][days]}
                    for key, (setting, own_days, days) in LIFECYCLE_DAYS.items()
                    if setting in rule
                },
            }
            for rule in answer["Rules"]
        ]
    }


def _stop_notifying(aws: Aws, thing: Thing) -> None:
    aws.client("s3").put_bucket_notification_configuration(Bucket=thing.id, NotificationConfiguration={})


def _read_notification(aws: Aws, thing: Thing) -> Properties:
    """What moto says of it leaves out EventBridge."""
    aws.client("s3").get_bucket_notification_configuration(Bucket=thing.id)
    return {"bucket": thing.id}


KINDS = {
    "aws:s3/bucket:Bucket": Kind(_read_bucket, _delete_bucket, lambda _aws, _thing, _changed: None, _retag_bucket),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _setting(
        "get_bucket_lifecycle_configuration", "delete_bucket_lifecycle", _read_lifecycle
    ),
    "aws:s3/bucketNotification:BucketNotification": Kind(_read_notification, _stop_notifying),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _setting(
        "get_bucket_ownership_controls", "delete_bucket_ownership_controls", _read_ownership
    ),
    "aws:s3/bucketPolicy:BucketPolicy": _setting(
        "get_bucket_policy", "delete_bucket_policy", lambda answer: {"policy": answer["Policy"]}
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _setting(
        "get_public_access_block", "delete_public_access_block", _read_public_access_block
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _setting(
        "get_bucket_encryption", "delete_bucket_encryption", _read_encryption
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _setting(
        "get_bucket_versioning", read=lambda answer: {"versioningConfiguration": {"status": answer.get("Status", "")}}
    ),
}
