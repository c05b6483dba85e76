"""AlarmNotifications: where alarms are sent to."""

from collections.abc import Mapping, Sequence

import pulumi

from worker_service.notifications.email_topic import email_topic
from worker_service.policies.topics_and_queues import alarm_topic_policy


class AlarmNotifications(pulumi.ComponentResource):
    """A topic with an e-mail subscription, an existing topic, both or neither."""

    topic_arns: Sequence[pulumi.Input[str]]
    """The topics that alarms publish to."""

    def __init__(
        self,
        name: str,
        *,
        email: pulumi.Input[str] | None,
        topic_arn: pulumi.Input[str] | None,
        kms_key_arn: pulumi.Input[str] | None,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`kms_key_arn` encrypts the topic made for the address, where there is a key; its policy lets
        cloudwatch.amazonaws.com use it."""
        super().__init__("workers:index:Notifications", name, {}, opts)
        topic_arns = [] if topic_arn is None else [topic_arn]
        if email is not None:
            made = email_topic(
                f"{name}-alarm-topic",
                f"{name}-alarm-email",
                email=email,
                key_arn=kms_key_arn,
                policy=alarm_topic_policy,
                tags=tags,
                parent=self,
            )
            topic_arns.append(made)
        self.topic_arns = topic_arns
        self.register_outputs({"topic_arns": topic_arns})
