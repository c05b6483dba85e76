"""Watched: the topics, queues, cluster and log that alarms and dashboard look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from worker_service.inputs.arns import last_part
from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.metrics.worker_metrics import filter_namespace
from worker_service.service.queues import all_queues


@dataclass(frozen=True)
class Watched:
    """What the alarms of a service watch: of one of its queues, and of what all share."""

    key: str
    """What the service calls the queue."""
    acceptable_latency_seconds: int
    queue_name: pulumi.Input[str]
    queue_url: pulumi.Input[str]
    dead_letter_queue_name: pulumi.Input[str]
    dead_letter_queue_url: pulumi.Input[str]
    topic_names: Sequence[pulumi.Input[str]]
    cluster_arn: pulumi.Input[str]
    log_group_name: pulumi.Input[str]
    filter_namespace: pulumi.Input[str]

    @classmethod
    def of_queues(
        cls,
        args: Mapping[str, Any],
        queues: Sequence[ConsumedQueue],
        topic_arns: Sequence[pulumi.Output[str]],
        log_group_name: pulumi.Output[str],
    ) -> list["Watched"]:
        """What alarms and dashboard look at, by queue, the main one first."""
        shared = {"args": args, "topic_arns": topic_arns, "log_group_name": log_group_name}
        return [cls.of_queue(queue, main=queues[0], **shared) for queue in queues]

    @classmethod
    def of_queue(
        cls,
        queue: ConsumedQueue,
        *,
        args: Mapping[str, Any],
        topic_arns: Sequence[pulumi.Output[str]],
        log_group_name: pulumi.Output[str],
        main: ConsumedQueue,
    ) -> "Watched":
        """The queue with the service's topics and log; one filter counts in the log of all queues."""
        return cls(
            key=queue.key,
            acceptable_latency_seconds=all_queues(args)[queue.key]["acceptable_latency_seconds"],
            queue_name=queue.queue_name,
            queue_url=queue.queue_url,
            dead_letter_queue_name=queue.dead_letter_queue_name,
            dead_letter_queue_url=queue.dead_letter_queue_url,
            topic_names=[arn.apply(last_part) for arn in topic_arns],
            cluster_arn=args["cluster_arn"],
            log_group_name=log_group_name,
            filter_namespace=main.queue_name.apply(filter_namespace),
        )

    def described(self, template: str, **more: pulumi.Input[Any]) -> pulumi.Output[str]:
        """The template with the names of what is watched, and of the stack, which the commands ask for."""
        return pulumi.Output.all(**vars(self), **more, stack=pulumi.get_stack()).apply(
            lambda known: template.format(**{**known, "topic_names": ", ".join(known["topic_names"])})
        )
