"""PipelineKey: the KMS key of images, artifacts and notifications, with an alias that people can read."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from worker_service.pipeline.pipeline_target import PipelineTarget, role_arns
from worker_service.policies.document import document
from worker_service.policies.pipeline_resources import key_policy


class PipelineKey(pulumi.ComponentResource):
    """A customer key that rotates every year."""

    key_arn: pulumi.Output[str]
    """ARN of the key."""

    def __init__(
        self,
        name: str,
        *,
        artifact_readers: Sequence[PipelineTarget],
        publishes_events: bool,
        protect: bool,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """The deploy roles of `artifact_readers` decrypt with it, perhaps from other accounts.

        With `publishes_events` EventBridge may publish to a topic that the key encrypts.
        """
        super().__init__("workers:index:PipelineKey", name, {}, opts)
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Images and artifacts of the pipeline {name}",
            enable_key_rotation=True,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        aws.kms.Alias(f"{name}-key-alias", target_key_id=key.key_id, opts=pulumi.ResourceOptions(parent=self))
        aws.kms.KeyPolicy(
            f"{name}-key-policy",
            key_id=key.key_id,
            policy=document(
                key_policy,
                key_arn=key.arn,
                artifact_reader_arns=role_arns(key.arn, artifact_readers),
                publishes_events=publishes_events,
            ),
            # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        self.key_arn = key.arn
        self.register_outputs({"key_arn": self.key_arn})
