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
from worker_service.private_bucket import ABORT_UPLOAD_DAYS, private_bucket

#: The most that a topic takes by default: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
MAX_TOPIC_BYTES = 262_144


class LargeMessages(TypedDict):
    """How large bodies are kept."""

    # What is rejected is sent to the dead-letter queue anew, which keeps it for 14 days: the body has to outlast it.
    keep_days: Annotated[int, Whole(15, 3_650)]
    """Days after which a body expires that nobody has handled, 15 to 3,650, and no fewer than a message may be in a
    queue and then in its dead-letter queue: 18 where those have their defaults."""
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
        expiry: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
            "id": "expire",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": self.settings["keep_days"]},
            "abort_incomplete_multipart_upload": {"days_after_initiation": ABORT_UPLOAD_DAYS},
        }
        bucket, attribute = private_bucket(
            f"{name}-large-messages",
            key_arn=key_arn,
            lifecycle_rules=[expiry],
            protect=args["protect"],
            tags=args["tags"],
            parent=parent,
        )
        self.name, self.arn = bucket.bucket, bucket.arn
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
