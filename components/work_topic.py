"""WorkTopic: the topic that messages are published to, and the key that encrypts it and its queues."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import policies
from components.documents import document


class WorkTopicArgs(TypedDict):
    """Arguments of WorkTopic."""

    kms_key_arn: pulumi.Input[str] | None
    """An existing symmetric key whose policy lets sns.amazonaws.com use it, or None for a key made here."""
    encrypts_alarms: bool
    """Let CloudWatch use the key made here, for a topic that alarms are published to."""
    protect: bool
    """Refuse deletion of topic and key, and keep them where it is forced."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of topic and key."""


class WorkTopic(pulumi.ComponentResource):
    """An SNS topic, encrypted by a customer key and closed to plain HTTP."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic."""
    key_arn: pulumi.Output[str]
    """ARN of the KMS key."""

    def __init__(self, name: str, args: WorkTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:WorkTopic", name, {}, opts)
        tags = args["tags"]
        protect = args["protect"]
        kept = pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect)
        # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
        attribute = pulumi.ResourceOptions(parent=self, retain_on_delete=True)

        key = None
        key_arn = args["kms_key_arn"]
        if key_arn is None:
            key = aws.kms.Key(
                f"{name}-key",
                description=f"Messages of the worker service {name}",
                enable_key_rotation=True,
                tags=tags,
                opts=kept,
            )
            key_arn = key.arn
        self.key_arn = pulumi.Output.from_input(key_arn)

        topic = aws.sns.Topic(f"{name}-topic", kms_master_key_id=self.key_arn, tags=tags, opts=kept)
        self.topic_arn = topic.arn

        if key:
            aws.kms.KeyPolicy(
                f"{name}-key-policy",
                key_id=key.key_id,
                policy=document(policies.key_policy, topic_arn=topic.arn, encrypts_alarms=args["encrypts_alarms"]),
                opts=attribute,
            )
        aws.sns.TopicPolicy(
            f"{name}-topic-policy",
            arn=topic.arn,
            policy=document(policies.topic_policy, topic_arn=topic.arn),
            opts=attribute,
        )
        self.register_outputs({"topic_arn": self.topic_arn, "key_arn": self.key_arn})
