"""WorkTopic: the topics that messages are published to, and the key that encrypts them and the queues."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from worker_service.policies.document import document
from worker_service.policies.topics_and_queues import key_policy, topic_policy
from worker_service.service.choices import Encryption
from worker_service.service.fifo import Fifo, fifo_topic
from worker_service.service.topics import MAIN, Topic, topic_resource_name


class WorkTopic(pulumi.ComponentResource):
    """SNS topics, closed to plain HTTP, and encrypted by a customer key unless SQS alone is to encrypt."""

    topic_arns: Mapping[str, pulumi.Output[str]]
    """ARN of each topic by its name, of existing ones too."""
    made_topic_arns: list[pulumi.Output[str]]
    """ARNs of those made here."""
    topic_arn: pulumi.Output[str]
    """ARN of the main topic."""
    key_arn: pulumi.Output[str] | None
    """ARN of the KMS key; None where there is none."""

    def __init__(
        self,
        name: str,
        *,
        topics: Mapping[str, Topic],
        fifo: Mapping[str, Fifo],
        cluster_arn: pulumi.Input[str],
        encryption: Encryption,
        kms_key_arn: pulumi.Input[str] | None,
        encrypts_alarms: bool,
        delivers_events: bool,
        protect: bool,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`fifo` are those of the topics that are FIFO, by name. `kms_key_arn` is an existing key whose policy lets
        sns.amazonaws.com use it, or None for one made here.

        With `encrypts_alarms` CloudWatch may use the key made here, for a topic that alarms are published to, and with
        `delivers_events` EventBridge, for queues.
        """
        super().__init__("workers:index:WorkTopic", name, {}, opts)
        self._name = name
        self._fifo = fifo
        self._tags = tags
        self._kept = pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect)
        # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
        self._attribute = pulumi.ResourceOptions(parent=self, retain_on_delete=True)

        own_key = self._own_key() if encryption == Encryption.CUSTOMER_KEY and kms_key_arn is None else None
        # SNS cannot deliver with the key that AWS manages for it: without a customer's, a topic has none.
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        key_arn = own_key.arn if own_key else kms_key_arn
        self.key_arn = None if key_arn is None else pulumi.Output.from_input(key_arn)

        made = {name: self._topic(name, topic) for name, topic in topics.items() if "topic_arn" not in topic}
        existing = {
            name: pulumi.Output.from_input(topic["topic_arn"]) for name, topic in topics.items() if "topic_arn" in topic
        }
        self.topic_arns = {name: made[name] if name in made else existing[name] for name in topics}
        self.made_topic_arns = list(made.values())
        self.topic_arn = self.topic_arns[MAIN if MAIN in topics else next(iter(topics))]
        if own_key:
            policy = document(
                key_policy,
                cluster_arn=cluster_arn,
                topic_arns=list(self.topic_arns.values()),
                encrypts_alarms=encrypts_alarms,
                delivers_events=delivers_events,
                publishers={name: topic["publishers"] for name, topic in topics.items() if "publishers" in topic},
            )
            aws.kms.KeyPolicy(f"{self._name}-key-policy", key_id=own_key.key_id, policy=policy, opts=self._attribute)
        self.register_outputs({"topic_arn": self.topic_arn, "key_arn": self.key_arn})

    def _own_key(self) -> aws.kms.Key:
        return aws.kms.Key(
            f"{self._name}-key",
            description=f"Messages of the worker service {self._name}",
            enable_key_rotation=True,
            tags=self._tags,
            opts=self._kept,
        )

    def _topic(self, key: str, args: Topic) -> pulumi.Output[str]:
        """Make a topic, and return its ARN."""
        logical_name = topic_resource_name(self._name, key, "topic")
        topic = aws.sns.Topic(
            logical_name,
            kms_master_key_id=self.key_arn,
            **fifo_topic(self._fifo.get(key)),
            tags=self._tags,
            opts=self._kept,
        )
        aws.sns.TopicPolicy(
            f"{logical_name}-policy",
            arn=topic.arn,
            policy=document(topic_policy, topic_arn=topic.arn, publishers=args.get("publishers")),
            opts=self._attribute,
        )
        return topic.arn
