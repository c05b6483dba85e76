"""PipelineNotifications: a topic that is told when the pipeline fails, and asked when it waits for an approval."""

from collections.abc import Mapping

import pulumi

from worker_service.notifications.email_topic import email_topic
from worker_service.policies.pipeline_resources import notification_topic_policy


class PipelineNotifications(pulumi.ComponentResource):
    """An encrypted SNS topic with a subscription by e-mail."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic."""

    def __init__(
        self,
        name: str,
        *,
        email: str,
        key_arn: pulumi.Input[str],
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        # State holds the token and the topic's name, so they stay as they were.
        super().__init__("workers:index:Notices", name, {}, opts)
        self.topic_arn = email_topic(
            f"{name}-notices",
            f"{name}-notices-email",
            email=email,
            key_arn=key_arn,
            policy=notification_topic_policy,
            tags=tags,
            parent=self,
        )
        self.register_outputs({"topic_arn": self.topic_arn})
