"""Every queue of a service: those made here, and the existing ones with their subscriptions."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.fifo import Fifo
from worker_service.service.queues import MAIN, all_queues, is_fifo, resource_name
from worker_service.service.subscription import subscription
from worker_service.service.topics import Topic, topic_resource_name, topics_of
from worker_service.service.work_queue import WorkQueue
from worker_service.service.work_topic import WorkTopic


def work_queues(
    name: str,
    args: Mapping[str, Any],
    topic: WorkTopic,
    *,
    deliver_after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> list[ConsumedQueue]:
    """Make them, the main one first. `deliver_after` must exist before the first delivery."""
    child = pulumi.ResourceOptions(parent=parent)
    consumed = []
    for key, queue in all_queues(args).items():
        topics = topics_of(args, key)
        topic_arns = {name: topic.topic_arns[name] for name in topics}
        if "queue_arn" in queue:
            existing = ConsumedQueue.of_existing(key, queue)
            _subscribe(name, existing, topics, topic_arns, protect=args["protect"], after=deliver_after, parent=parent)
            consumed.append(existing)
            continue
        made = WorkQueue(
            resource_name(name, key),
            service_name=name,
            fifo=queue.get("fifo"),
            topics=topics,
            topic_arns=topic_arns,
            kms_key_arn=topic.key_arn,
            visibility_timeout_seconds=queue["visibility_timeout_seconds"],
            max_receive_count=queue["max_receive_count"],
            message_retention_seconds=queue["message_retention_seconds"],
            delay_seconds=queue["delay_seconds"],
            max_message_size_bytes=queue.get("max_message_size_bytes"),
            dead_letter_retention_seconds=queue["dead_letter_retention_seconds"],
            sources=queue["sources"],
            deliver_after=deliver_after,
            protect=args["protect"],
            tags=args["tags"],
            opts=child,
        )
        consumed.append(_made(key, made))
    return consumed


def topic_fifos(args: Mapping[str, Any]) -> dict[str, Fifo]:
    """Of each topic whose queue keeps an order: what it does with duplicates and load."""
    queues = all_queues(args)
    of_topics = {name: queues[topic.get("queue", MAIN)] for name, topic in args["topics"].items()}
    return {name: queue.get("fifo", {}) for name, queue in of_topics.items() if is_fifo(queue)}


def queue_key_arns(args: Mapping[str, Any]) -> dict[str, pulumi.Input[str]]:
    """The keys of existing queues, by the queues' names."""
    return {key: queue["kms_key_arn"] for key, queue in args["queues"].items() if "kms_key_arn" in queue}


def _made(key: str, queue: WorkQueue) -> ConsumedQueue:
    return ConsumedQueue(
        key,
        queue.queue_url,
        queue.queue_arn,
        queue.queue_name,
        queue.dead_letter_queue_url,
        queue.dead_letter_queue_arn,
        queue.dead_letter_queue_name,
        queue,
    )


def _subscribe(
    name: str,
    queue: ConsumedQueue,
    topics: Mapping[str, Topic],
    topic_arns: Mapping[str, pulumi.Output[str]],
    *,
    protect: bool,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> None:
    for key, topic in topics.items():
        subscription(
            topic_resource_name(name, key, "subscription"),
            topic,
            topic_arn=topic_arns[key],
            queue_arn=queue.queue_arn,
            dead_letter_queue_arn=queue.dead_letter_queue_arn,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=after, protect=protect, retain_on_delete=True),
        )
