"""WorkQueue: the queue that a worker consumes, its dead-letter queue, and its subscription to a topic."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.policies.document import document
from worker_service.policies.topics_and_queues import queue_policy
from worker_service.service.inputs import MAX_MESSAGE_RETENTION_SECONDS


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

    def __init__(
        self,
        name: str,
        *,
        topic_arn: pulumi.Input[str],
        kms_key_arn: pulumi.Input[str] | None,
        visibility_timeout_seconds: int,
        max_receive_count: int,
        message_retention_seconds: int,
        deliver_after: Sequence[pulumi.Resource],
        protect: bool,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """The topic alone may send. Without a key SQS encrypts with keys of its own. `deliver_after` must exist before
        its first delivery, beside what is made here."""
        super().__init__("workers:index:WorkQueue", name, {}, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect)
        encryption: dict[str, Any] = (
            {"sqs_managed_sse_enabled": True} if kms_key_arn is None else {"kms_master_key_id": kms_key_arn}
        )

        dead_letter_queue = aws.sqs.Queue(
            f"{name}-dead-letter-queue",
            message_retention_seconds=MAX_MESSAGE_RETENTION_SECONDS,
            **encryption,
            tags=tags,
            opts=kept,
        )
        queue = aws.sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=visibility_timeout_seconds,
            message_retention_seconds=message_retention_seconds,
            # SQS's longest poll, for consumers that name none of their own.
            receive_wait_time_seconds=20,
            **encryption,
            tags=tags,
            opts=kept,
        )
        redrive = self._redrive(name, queue, dead_letter_queue, max_receive_count)
        policies = self._policies(name, queue, dead_letter_queue, topic_arn)
        after = [*policies, redrive, *deliver_after]
        self._subscribe(name, queue, dead_letter_queue, topic_arn, after, protect=protect)

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

    def _redrive(
        self, name: str, queue: aws.sqs.Queue, dead_letter_queue: aws.sqs.Queue, max_receive_count: int
    ) -> aws.sqs.RedrivePolicy:
        """Move what fails from the queue to the dead-letter queue, and let it be moved back."""
        redrive_policy = {"deadLetterTargetArn": dead_letter_queue.arn, "maxReceiveCount": max_receive_count}
        redrive_allow_policy = {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
        redrive = aws.sqs.RedrivePolicy(
            f"{name}-redrive-policy",
            queue_url=queue.url,
            redrive_policy=pulumi.Output.json_dumps(redrive_policy),
            opts=self._attribute(),
        )
        aws.sqs.RedriveAllowPolicy(
            f"{name}-redrive-allow-policy",
            queue_url=dead_letter_queue.url,
            redrive_allow_policy=pulumi.Output.json_dumps(redrive_allow_policy),
            opts=self._attribute(),
        )
        return redrive

    def _policies(
        self, name: str, queue: aws.sqs.Queue, dead_letter_queue: aws.sqs.Queue, topic_arn: pulumi.Input[str]
    ) -> list[aws.sqs.QueuePolicy]:
        return [
            aws.sqs.QueuePolicy(
                f"{name}-{suffix}",
                queue_url=owner.url,
                policy=document(queue_policy, queue_arn=owner.arn, topic_arn=topic_arn),
                opts=self._attribute(),
            )
            for suffix, owner in (("queue-policy", queue), ("dead-letter-queue-policy", dead_letter_queue))
        ]

    def _subscribe(
        self,
        name: str,
        queue: aws.sqs.Queue,
        dead_letter_queue: aws.sqs.Queue,
        topic_arn: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        *,
        protect: bool,
    ) -> None:
        aws.sns.TopicSubscription(
            f"{name}-subscription",
            topic=topic_arn,
            protocol="sqs",
            endpoint=queue.arn,
            # What SNS cannot deliver waits with the other dead letters instead of being dropped.
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead_letter_queue.arn}),
            # A delivery before SNS may send, or a failure before there is a dead-letter queue, would lose a message;
            # so would a topic and a queue that are kept without what joins them. Subscribing again gives the same
            # subscription, so that deleting a renamed one would end the new one too.
            opts=pulumi.ResourceOptions(parent=self, depends_on=after, protect=protect, retain_on_delete=True),
        )

    def _attribute(self) -> pulumi.ResourceOptions:
        """Options of an attribute of another resource: deleting an old one would clear its value."""
        return pulumi.ResourceOptions(parent=self, retain_on_delete=True)
