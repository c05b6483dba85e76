"""Creates S3 resources: a bucket, and its settings, each of which is a resource of its own."""

from __future__ import annotations

import secrets

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

#: The only region whose buckets are made without naming it.
_UNNAMED_REGION = "us-east-1"

LIFECYCLE_DAYS = {
    "expiration": ("Expiration", "days", "Days"),
    "noncurrentVersionExpiration": ("NoncurrentVersionExpiration", "noncurrentDays", "NoncurrentDays"),
    "abortIncompleteMultipartUpload": ("AbortIncompleteMultipartUpload", "daysAfterInitiation", "DaysAfterInitiation"),
}


def bucket(aws: Aws, resource: Resource) -> Outputs:
    """aws:s3/bucket:Bucket."""
    s3 = aws.client("s3")
    name = resource.inputs.get("bucket") or f"{resource.name}-{secrets.token_hex(4)[:7]}"
    place = {} if aws.region == _UNNAMED_REGION else {"LocationConstraint": aws.region}
    s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": place} if place else {}))
    if resource.tags():
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": resource.tag_list()})
    return {"id": name, "bucket": name, "arn": f"arn:aws:s3:::{name}", "region": aws.region}


def public_access_block(aws: Aws, resource: Resource) -> Outputs:
    """aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock."""
    settings = {
        "blockPublicAcls": "BlockPublicAcls",
        "blockPublicPolicy": "BlockPublicPolicy",
        "ignorePublicAcls": "IgnorePublicAcls",
        "restrictPublicBuckets": "RestrictPublicBuckets",
    }
    name = resource.inputs["bucket"]
    aws.client("s3").put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=resource.given(settings))
    return {"id": name}


def ownership_controls(aws: Aws, resource: Resource) -> Outputs:
    """aws:s3/bucketOwnershipControls:BucketOwnershipControls."""
    name = resource.inputs["bucket"]
    rules = [{"ObjectOwnership": resource.inputs["rule"]["objectOwnership"]}]
    aws.client("s3").put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": rules})
    return {"id": name}


def versioning(aws: Aws, resource: Resource) -> Outputs:
    """aws:s3/bucketVersioning:BucketVersioning."""
    name = resource.inputs["bucket"]
    status = resource.inputs["versioningConfiguration"]["status"]
    aws.client("s3").put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
    return {"id": name}


def encryption(aws: Aws, resource: Resource) -> Outputs:
    """aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration."""
    name = resource.inputs["bucket"]
    rules = []
    for rule in resource.inputs["rules"]:
        default = rule["applyServerSideEncryptionByDefault"]
        key = {"KMSMasterKeyID": default["kmsMasterKeyId"]} if "kmsMasterKeyId" in default else {}
        rules.append(
            {
                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": default["sseAlgorithm"], **key},
                "BucketKeyEnabled": rule.get("bucketKeyEnabled", False),
            }
        )
    aws.client("s3").put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    return {"id": name}


def lifecycle(aws: Aws, resource: Resource) -> Outputs:
    """aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration."""
    name = resource.inputs["bucket"]
    rules = [
        {
            "ID": rule["id"],
            "Status": rule["status"],
            "Filter": {"Prefix": rule["filter"]["prefix"]},
            **{
                setting: {days: rule[key][own_days]}
                for key, (setting, own_days, days) in LIFECYCLE_DAYS.items()
                if rule.get(key)
            },
        }
        for rule in resource.inputs["rules"]
    ]
    aws.client("s3").put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    return {"id": name}


def policy(aws: Aws, resource: Resource) -> Outputs:
    """aws:s3/bucketPolicy:BucketPolicy."""
    name = resource.inputs["bucket"]
    aws.client("s3").put_bucket_policy(Bucket=name, Policy=resource.inputs["policy"])
    return {"id": name}


def notification(aws: Aws, resource: Resource) -> Outputs:
    """aws:s3/bucketNotification:BucketNotification, as far as EventBridge goes."""
    name = resource.inputs["bucket"]
    configuration = {"EventBridgeConfiguration": {}} if resource.inputs.get("eventbridge") else {}
    aws.client("s3").put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=configuration)
    return {"id": name}
