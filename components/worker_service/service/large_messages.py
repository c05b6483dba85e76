"""LargeMessages: bodies that are too large for a message lie in a bucket, made where it is asked for."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from worker_service.inputs.rows import Default, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import Flag, Whole
from worker_service.policies.document import document
from worker_service.policies.large_messages import large_messages_bucket_policy

#: The most that a topic takes by default: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
MAX_TOPIC_BYTES = 262_144
ABORT_UPLOAD_DAYS = 1


class LargeMessages(TypedDict):
    """How large bodies are kept."""

    # The dead-letter queue keeps a message for 14 days: its body has to outlast it.
    keep_days: Annotated[int, Whole(15, 3_650)]
    """Days after which a body expires that nobody has handled, 15 to 3,650."""
    over_bytes: NotRequired[Annotated[int, Whole(0, MAX_TOPIC_BYTES), Default(MAX_TOPIC_BYTES)]]
    """Size in bytes beyond which publish puts a message into the bucket, 0 to 262,144. Default 262,144."""
    delete: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Delete a body once its message is handled; false where several services receive it. Default true."""


_ROWS = rows_of(LargeMessages)
LARGE_MESSAGES = fields_of(_ROWS)


class LargeMessagesBucket:
    """The bucket: private, encrypted as the queues are, closed to plain HTTP; what is left in it expires."""

    def __init__(
        self, name: str, args: Mapping[str, Any], key_arn: pulumi.Input[str] | None, parent: pulumi.Resource
    ) -> None:
        self.settings: Mapping[str, Any] = {**defaults_of(_ROWS), **args["large_messages"]}
        protect = args["protect"]
        bucket = aws.s3.Bucket(
            f"{name}-large-messages",
            force_destroy=not protect,
            tags=args["tags"],
            opts=pulumi.ResourceOptions(parent=parent, protect=protect, retain_on_delete=protect),
        )
        self.name, self.arn = bucket.bucket, bucket.arn
        # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
        attribute = pulumi.ResourceOptions(parent=parent, retain_on_delete=True)
        aws.s3.BucketPublicAccessBlock(
            f"{name}-large-messages-public-access",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=attribute,
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-large-messages-ownership",
            bucket=bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=attribute,
        )
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-large-messages-encryption", bucket=bucket.id, rules=[_encryption(key_arn)], opts=attribute
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-large-messages-lifecycle",
            bucket=bucket.id,
            rules=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": self.settings["keep_days"]},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_UPLOAD_DAYS},
                }
            ],
            opts=attribute,
        )
        aws.s3.BucketPolicy(
            f"{name}-large-messages-policy",
            bucket=bucket.id,
            policy=document(large_messages_bucket_policy, bucket_arn=bucket.arn),
            opts=attribute,
        )

    @property
    def variable(self) -> pulumi.Output[str]:
        """WORKER_LARGE_MESSAGES."""
        said = {"over_bytes": self.settings["over_bytes"], "delete": self.settings["delete"]}
        return self.name.apply(lambda name: json.dumps({"bucket": name, **said}))


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
