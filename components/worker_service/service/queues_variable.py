"""What a task's worker is told of its queues, in the variable WORKER_QUEUES (worker_runtime/queue_settings.py)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.queues import MAIN, all_queues
from worker_service.service.scaling.demand import PublishedDemand, share_text
from worker_service.service.topics import topics_of


def queues_variable(
    args: Mapping[str, Any],
    queues: Sequence[ConsumedQueue],
    topic_arns: Mapping[str, pulumi.Output[str]],
    published: PublishedDemand | None,
) -> pulumi.Output[dict[str, dict[str, Any]]]:
    """By queue, what its worker cannot know otherwise; empty where it need not tell queues or topics apart."""
    given = all_queues(args)
    known = {queue.key: _of_queue(args, queue, given[queue.key], topic_arns, published) for queue in queues}
    return pulumi.Output.all(**known).apply(lambda all_known: {key: told for key, told in all_known.items() if told})


def _of_queue(
    args: Mapping[str, Any],
    queue: ConsumedQueue,
    given: Mapping[str, Any],
    topic_arns: Mapping[str, pulumi.Output[str]],
    published: PublishedDemand | None,
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if queue.key != MAIN:
        told["uri"] = queue.queue_url
        if given.get("handler") != args.get("handler"):
            told["handler"] = given["handler"]
    if args["queues"].keys() - {MAIN}:
        told["acceptable_latency_seconds"] = given["acceptable_latency_seconds"]
    if published is not None and queue.key != MAIN:
        share = published.demand.shares[queue.key]
        told["demand_per_visible"] = float(share_text(share.per_visible))
        told["demand_per_in_flight"] = float(share_text(share.per_in_flight))
    topics = topics_of(args, queue.key)
    if args["subscribed_topics_only"]:
        told["subscribed_topics_only"] = True
    if topics and (args["subscribed_topics_only"] or any("handler" in topic for topic in topics.values())):
        arns = pulumi.Output.all(**{key: topic_arns[key] for key in topics})
        told["topics"] = arns.apply(lambda known: {known[key]: topics[key].get("handler") for key in topics})
    return told
