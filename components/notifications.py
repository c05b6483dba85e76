"""Notifications: where alarms are sent to."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import policies
from components.documents import document


class NotificationsArgs(TypedDict):
    """Arguments of Notifications."""

    email: pulumi.Input[str] | None
    """Address to send alarms to; its owner confirms the subscription once."""
    topic_arn: pulumi.Input[str] | None
    """Existing topic to send alarms to; its policy must let cloudwatch.amazonaws.com publish."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the topic made for the address; its policy lets cloudwatch.amazonaws.com use it."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of that topic."""


class Notifications(pulumi.ComponentResource):
    """A topic with an e-mail subscription, an existing topic, both or neither."""

    topic_arns: Sequence[pulumi.Input[str]]
    """The topics that alarms publish to."""

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:Notifications", name, {}, opts)
        topic_arns = [] if args["topic_arn"] is None else [args["topic_arn"]]
        if args["email"] is not None:
            topic_arns.append(self._email_topic(name, args["email"], args))
        self.topic_arns = topic_arns
        self.register_outputs({"topic_arns": topic_arns})

    def _email_topic(self, name: str, email: pulumi.Input[str], args: NotificationsArgs) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(
            f"{name}-alarm-topic", kms_master_key_id=args["kms_key_arn"], tags=args["tags"], opts=child
        )
        aws.sns.TopicPolicy(
            f"{name}-alarm-topic-policy",
            arn=topic.arn,
            policy=document(policies.alarm_topic_policy, topic_arn=topic.arn),
            # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        aws.sns.TopicSubscription(f"{name}-alarm-email", topic=topic.arn, protocol="email", endpoint=email, opts=child)
        return topic.arn
