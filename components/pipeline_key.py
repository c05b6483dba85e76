"""PipelineKey: the KMS key of images, artifacts and notices, with an alias that people can read."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import pipeline_policies
from components.documents import document
from components.targets import PipelineTarget, role_arns


class PipelineKeyArgs(TypedDict):
    """Arguments of PipelineKey."""

    artifact_readers: Sequence[PipelineTarget]
    """Targets whose deploy roles read artifacts themselves, perhaps from other accounts."""
    publishes_events: bool
    """Let EventBridge publish to a topic that the key encrypts."""
    protect: bool
    """Refuse deletion of the key, and keep it where it is forced."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of the key."""


class PipelineKey(pulumi.ComponentResource):
    """A customer key that rotates every year."""

    key_arn: pulumi.Output[str]
    """ARN of the key."""

    def __init__(self, name: str, args: PipelineKeyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:PipelineKey", name, {}, opts)
        protect = args["protect"]
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Images and artifacts of the pipeline {name}",
            enable_key_rotation=True,
            tags=args["tags"],
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        aws.kms.Alias(f"{name}-key-alias", target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=self))
        aws.kms.KeyPolicy(
            f"{name}-key-policy",
            key_id=key.key_id,
            policy=document(
                pipeline_policies.key_policy,
                key_arn=key.arn,
                artifact_reader_arns=role_arns(key.arn, args["artifact_readers"]),
                publishes_events=args["publishes_events"],
            ),
            # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})
