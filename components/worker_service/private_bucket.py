"""A bucket of a component's own: private, encrypted, and its objects expire."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

#: What is left of an upload that was broken off is kept, and paid for, this long.
ABORT_UPLOAD_DAYS = 1


def private_bucket(
    name: str,
    *,
    key_arn: pulumi.Input[str] | None,
    lifecycle_rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgsDict],
    protect: bool,
    tags: Mapping[str, pulumi.Input[str]],
    parent: pulumi.Resource,
) -> tuple[aws.s3.Bucket, pulumi.ResourceOptions]:
    """Make a bucket encrypted with the key, or with S3's own; returns the options for further attributes of it, too."""
    bucket = aws.s3.Bucket(
        name,
        force_destroy=not protect,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=protect, retain_on_delete=protect),
    )
    # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
    attribute = pulumi.ResourceOptions(parent=parent, retain_on_delete=True)
    aws.s3.BucketPublicAccessBlock(
        f"{name}-public-access",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=attribute,
    )
    aws.s3.BucketOwnershipControls(
        f"{name}-ownership", bucket=bucket.id, rule={"object_ownership": "BucketOwnerEnforced"}, opts=attribute
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", bucket=bucket.id, rules=[_encryption(key_arn)], opts=attribute
    )
    aws.s3.BucketLifecycleConfiguration(f"{name}-lifecycle", bucket=bucket.id, rules=lifecycle_rules, opts=attribute)
    return bucket, attribute


def _encryption(
    key_arn: pulumi.Input[str] | None,
) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if key_arn is None:
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn},
        # One data key for many objects: fewer calls of KMS, each of which is billed.
        "bucket_key_enabled": True,
    }
