"""WorkQueue: the queue that a worker consumes, its dead-letter queue, and its subscriptions to topics."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.policies.document import document
from worker_service.policies.topics_and_queues import queue_policy
from worker_service.service.fifo import Fifo, fifo_queue
from worker_service.service.sources import Source, source_rule, source_target
from worker_service.service.subscription import subscription
from worker_service.service.topics import Topic, topic_resource_name


class WorkQueue(pulumi.ComponentResource):
    """An SQS queue with a dead-letter queue behind it, subscribed to SNS topics."""

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
        service_name: str,
        fifo: Fifo | None,
        topics: Mapping[str, Topic],
        topic_arns: Mapping[str, pulumi.Output[str]],
        kms_key_arn: pulumi.Input[str] | None,
        visibility_timeout_seconds: int,
        max_receive_count: int,
        message_retention_seconds: int,
        delay_seconds: int,
        max_message_size_bytes: int | None,
        dead_letter_retention_seconds: int,
        sources: Mapping[str, Source],
        deliver_after: Sequence[pulumi.Resource],
        protect: bool,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """The topics, which are `service_name`'s, and the sources alone may send. Without a key SQS encrypts with keys
        of its own. `deliver_after` must exist before its first delivery, beside what is made here."""
        super().__init__("workers:index:WorkQueue", name, {}, opts)
        kept = pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect)
        # What both queues have: they are of one kind.
        both: dict[str, Any] = {
            **({"sqs_managed_sse_enabled": True} if kms_key_arn is None else {"kms_master_key_id": kms_key_arn}),
            **fifo_queue(fifo),
            # A dead letter is as large as the message was.
            "max_message_size": max_message_size_bytes,
        }

        dead_letter_queue = aws.sqs.Queue(
            f"{name}-dead-letter-queue",
            message_retention_seconds=dead_letter_retention_seconds,
            **both,
            tags=tags,
            opts=kept,
        )
        queue = aws.sqs.Queue(
            f"{name}-queue",
            visibility_timeout_seconds=visibility_timeout_seconds,
            message_retention_seconds=message_retention_seconds,
            delay_seconds=delay_seconds or None,
            # SQS's longest poll, for consumers that name none of their own.
            receive_wait_time_seconds=20,
            **both,
            tags=tags,
            opts=kept,
        )
        redrive = self._redrive(name, queue, dead_letter_queue, max_receive_count)
        rules = {
            key: source_rule(f"{name}-{key}-source", source, tags=tags, opts=pulumi.ResourceOptions(parent=self))
            for key, source in sources.items()
        }
        senders = (list(topic_arns.values()), [rule.arn for rule in rules.values()])
        policies = self._policies(name, queue, dead_letter_queue, *senders)
        # A delivery before SNS may send, or a failure before there is a dead-letter queue, would lose a message.
        after = [*policies, redrive, *deliver_after]
        for key, topic in topics.items():
            subscription(
                topic_resource_name(service_name, key, "subscription"),
                topic,
                topic_arn=topic_arns[key],
                queue_arn=queue.arn,
                dead_letter_queue_arn=dead_letter_queue.arn,
                # A topic and a queue that are kept without what joins them would lose messages. Subscribing again gives
                # the same subscription, so that deleting a renamed one would end the new one too.
                opts=pulumi.ResourceOptions(parent=self, depends_on=after, protect=protect, retain_on_delete=True),
            )

        for key, rule in rules.items():
            source_target(
                f"{name}-{key}-source-target",
                rule,
                sources[key],
                queue_arn=queue.arn,
                dead_letter_queue_arn=None if fifo is not None else dead_letter_queue.arn,
                opts=pulumi.ResourceOptions(parent=self, depends_on=after),
            )

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
        self,
        name: str,
        queue: aws.sqs.Queue,
        dead_letter_queue: aws.sqs.Queue,
        topic_arns: Sequence[pulumi.Output[str]],
        rule_arns: Sequence[pulumi.Output[str]],
    ) -> list[aws.sqs.QueuePolicy]:
        return [
            aws.sqs.QueuePolicy(
                f"{name}-{suffix}",
                queue_url=owner.url,
                policy=document(queue_policy, queue_arn=owner.arn, topic_arns=topic_arns, rule_arns=rule_arns),
                opts=self._attribute(),
            )
            for suffix, owner in (("queue-policy", queue), ("dead-letter-queue-policy", dead_letter_queue))
        ]

    def _attribute(self) -> pulumi.ResourceOptions:
        """Options of an attribute of another resource: deleting an old one would clear its value."""
        return pulumi.ResourceOptions(parent=self, retain_on_delete=True)
