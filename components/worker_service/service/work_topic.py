"""WorkTopic: the topic that messages are published to, and the key that encrypts it and its queues, if there is one."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from worker_service.policies.document import document
from worker_service.policies.topics_and_queues import key_policy, topic_policy
from worker_service.service.choices import Encryption


class WorkTopic(pulumi.ComponentResource):
    """An SNS topic, closed to plain HTTP, and encrypted by a customer key unless SQS alone is to encrypt."""

    topic_arn: pulumi.Output[str]
    """ARN of the topic."""
    key_arn: pulumi.Output[str] | None
    """ARN of the KMS key; None where there is none."""

    def __init__(
        self,
        name: str,
        *,
        encryption: Encryption,
        kms_key_arn: pulumi.Input[str] | None,
        encrypts_alarms: bool,
        protect: bool,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`kms_key_arn` is an existing key whose policy lets sns.amazonaws.com use it, or None for one made here.

        With `encrypts_alarms` CloudWatch may use the key made here, for a topic that alarms are published to.
        """
        super().__init__("workers:index:WorkTopic", name, {}, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect)
        # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
        attribute = pulumi.ResourceOptions(parent=self, retain_on_delete=True)

        # SNS cannot deliver with the key that AWS manages for it: without a customer's, a topic has none.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        key = None
        key_arn = kms_key_arn
        if encryption == Encryption.CUSTOMER_KEY and key_arn is None:
            key = aws.kms.Key(
                f"{name}-key",
                description=f"Messages of the worker service {name}",
                enable_key_rotation=True,
                tags=tags,
                opts=kept,
            )
            key_arn = key.arn
        self.key_arn = None if key_arn is None else pulumi.Output.from_input(key_arn)

        topic = aws.sns.Topic(f"{name}-topic", kms_master_key_id=self.key_arn, tags=tags, opts=kept)
        self.topic_arn = topic.arn

        if key:
            aws.kms.KeyPolicy(
                f"{name}-key-policy",
                key_id=key.key_id,
                policy=document(key_policy, topic_arn=topic.arn, encrypts_alarms=encrypts_alarms),
                opts=attribute,
            )
        aws.sns.TopicPolicy(
            f"{name}-topic-policy",
            arn=topic.arn,
            policy=document(topic_policy, topic_arn=topic.arn),
            opts=attribute,
        )
        self.register_outputs({"topic_arn": self.topic_arn, "key_arn": self.key_arn})
