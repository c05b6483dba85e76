"""WorkQueue: the queue that a worker consumes, its dead-letter queue, and its subscription to a topic."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import policies
from components.documents import document
from components.limits import MAX_MESSAGE_RETENTION_SECONDS


class WorkQueueArgs(TypedDict):
    """Arguments of WorkQueue."""

    topic_arn: pulumi.Input[str]
    """Topic to subscribe to; it alone may send."""
    kms_key_arn: pulumi.Input[str]
    """Key that encrypts both queues; its policy lets sns.amazonaws.com use it."""
    visibility_timeout_seconds: int
    """Seconds that a received message stays hidden unless the worker extends it, 30 to 43,200."""
    max_receive_count: int
    """Receives before a message moves to the dead-letter queue, 2 to 1,000."""
    message_retention_seconds: int
    """Seconds that the queue keeps a message, 60 to 1,209,600."""
    protect: bool
    """Refuse deletion of the queues, and keep them where it is forced."""
    deliver_after: Sequence[pulumi.Resource]
    """What must exist before the topic's first delivery, beside what is made here."""
    tags: Mapping[str, pulumi.Input[str]]
    """Tags of both queues."""


class WorkQueue(pulumi.ComponentResource):
    """An SQS queue with a dead-letter queue behind it, subscribed to an SNS topic."""

    queue_url: pulumi.Output[str]
    """URL of the queue."""
    queue_arn: pulumi.Output[str]
    """ARN of the queue."""
    queue_name: pulumi.Output[str]
    """Name of the queue."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the dead-letter queue."""
    dead_letter_queue_arn: pulumi.Output[str]
    """ARN of the dead-letter queue."""
    dead_letter_queue_name: pulumi.Output[str]
    """Name of the dead-letter queue."""

    def __init__(self, name: str, args: WorkQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("workers:index:WorkQueue", name, {}, opts)
        tags = args["tags"]
        protect = args["protect"]
        kept = pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect)

        dead_letter_queue = aws.sqs.Queue(
            f"{name}-dead-letter-queue",
            message_retention_seconds=MAX_MESSAGE_RETENTION_SECONDS,
            kms_master_key_id=args["kms_key_arn"],
            tags=tags,
            opts=kept,
        )
        queue = aws.sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=args["visibility_timeout_seconds"],
            message_retention_seconds=args["message_retention_seconds"],
            # SQS's longest poll, for consumers that name none of their own.
            receive_wait_time_seconds=20,
            kms_master_key_id=args["kms_key_arn"],
            tags=tags,
            opts=kept,
        )
        self._join(name, queue, dead_letter_queue, args)

        self.queue_url = queue.url
        self.queue_arn = queue.arn
        self.queue_name = queue.name
        self.dead_letter_queue_url = dead_letter_queue.url
        self.dead_letter_queue_arn = dead_letter_queue.arn
        self.dead_letter_queue_name = dead_letter_queue.name
        self.register_outputs(
            {
                "queue_url": self.queue_url,
                "queue_arn": self.queue_arn,
                "queue_name": self.queue_name,
                "dead_letter_queue_url": self.dead_letter_queue_url,
                "dead_letter_queue_arn": self.dead_letter_queue_arn,
                "dead_letter_queue_name": self.dead_letter_queue_name,
            }
        )

    def _join(self, name: str, queue: aws.sqs.Queue, dead_letter_queue: aws.sqs.Queue, args: WorkQueueArgs) -> None:
        """Redrive, policies and subscription, in an order that loses no message on the first deployment."""
        # Deleting an attribute of another resource clears its value, so an old one must never be deleted.
        attribute = pulumi.ResourceOptions(parent=self, retain_on_delete=True)
        redrive = aws.sqs.RedrivePolicy(
            f"{name}-redrive-policy",
            queue_url=queue.url,
            redrive_policy=pulumi.Output.json_dumps(
                {
                    "deadLetterTargetArn": dead_letter_queue.arn,
                    "maxReceiveCount": args["max_receive_count"],
                }
            ),
            opts=attribute,
        )
        aws.sqs.RedriveAllowPolicy(
            f"{name}-redrive-allow-policy",
            queue_url=dead_letter_queue.url,
            redrive_allow_policy=pulumi.Output.json_dumps(
                {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
            ),
            opts=attribute,
        )
        queue_policies = [
            aws.sqs.QueuePolicy(
                f"{name}-{suffix}",
                queue_url=owner.url,
                policy=document(policies.queue_policy, queue_arn=owner.arn, topic_arn=args["topic_arn"]),
                opts=attribute,
            )
            for suffix, owner in (("queue-policy", queue), ("dead-letter-queue-policy", dead_letter_queue))
        ]
        aws.sns.TopicSubscription(
            f"{name}-subscription",
            topic=args["topic_arn"],
            protocol="sqs",
            endpoint=queue.arn,
            # What SNS cannot deliver waits with the other dead letters instead of being dropped.
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead_letter_queue.arn}),
            # A delivery before SNS may send, or a failure before there is a dead-letter queue, would lose a message;
            # so would a topic and a queue that are kept without what joins them. Subscribing again gives the same
            # subscription, so that deleting a renamed one would end the new one too.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*queue_policies, redrive, *args["deliver_after"]],
                protect=args["protect"],
                retain_on_delete=True,
            ),
        )
