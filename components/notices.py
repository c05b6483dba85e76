"""Notices: a topic that is told when the pipeline fails, and asked when it waits for an approval."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import pipeline_policies
from components.documents import document


class NoticesArgs(TypedDict):
    """Arguments of Notices."""

    email: str
    """Who is told; AWS asks the address to confirm."""
    key_arn: pulumi.Input[str]
    """KMS key of the topic."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of the topic."""


class Notices(pulumi.ComponentResource):
    """An encrypted SNS topic with a subscription by e-mail."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic."""

    def __init__(self, name: str, args: NoticesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:Notices", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(f"{name}-notices", kms_master_key_id=args["key_arn"], tags=args["tags"], opts=child)
        aws.sns.TopicPolicy(
            f"{name}-notices-policy",
            arn=topic.arn,
            policy=document(pipeline_policies.notice_topic_policy, topic_arn=topic.arn),
            # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        aws.sns.TopicSubscription(
            f"{name}-notices-email", topic=topic.arn, protocol="email", endpoint=args["email"], opts=child
        )
        self.topic_arn = topic.arn
        self.register_outputs({"topic_arn": self.topic_arn})
