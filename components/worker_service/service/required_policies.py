"""What the policies of existing topics, queues, keys and roles have to say, for their owners: they are not ours."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from worker_service.inputs.arns import place_of
from worker_service.policies.document import document
from worker_service.policies.statements import Document
from worker_service.policies.task_roles import demand_publisher_policy
from worker_service.policies.topics_and_queues import (
    delivery_key_policy,
    existing_dead_letter_queue_policy,
    existing_queue_policy,
    subscriber_policy,
)
from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.fargate_service import FargateService
from worker_service.service.task_role import TaskRole
from worker_service.service.topics import Topic, topics_of


def required_policies(
    args: Mapping[str, Any],
    topic_arns: Mapping[str, pulumi.Output[str]],
    queues: Sequence[ConsumedQueue],
    roles: TaskRole,
    service: FargateService,
) -> pulumi.Output[Mapping[str, str]]:
    """Documents as JSON by whose they are: topics.NAME, queues.NAME, and of a queue dead_letter_queue and kms_key; and
    task_role, task_role.fast_scaling, execution_role."""
    topics: Mapping[str, Topic] = args["topics"]
    existing_topics = {key: topic_arns[key] for key, topic in topics.items() if "topic_arn" in topic}
    existing_queues = {
        queue.key: {
            "queue_arn": queue.queue_arn,
            "dead_letter_queue_arn": queue.dead_letter_queue_arn,
            "topic_arns": [topic_arns[key] for key in topics_of(args, queue.key)],
            "has_key": "kms_key_arn" in args["queues"][queue.key],
        }
        for queue in queues
        if queue.made is None
    }
    of_roles = dict(roles.required_policies)
    if "task_role_arn" in args and args["fast_scaling"]:
        of_roles["task_role.fast_scaling"] = document(demand_publisher_policy, service_arn=service.service_arn)
    return pulumi.Output.all(
        cluster_arn=args["cluster_arn"], topics=existing_topics, queues=existing_queues, roles=of_roles
    ).apply(
        lambda known: {
            **{
                name: json.dumps(policy)
                for name, policy in [*_of_topics(known["cluster_arn"], known["topics"]), *_of_queues(**known)]
                if policy["Statement"]
            },
            **known["roles"],
        }
    )


def _of_topics(cluster_arn: str, topics: Mapping[str, str]) -> list[tuple[str, Document]]:
    own = place_of(cluster_arn).account_id
    return [
        (f"topics.{key}", subscriber_policy(topic_arn=arn, account_id=own))
        for key, arn in topics.items()
        if place_of(arn).account_id != own
    ]


def _of_queues(cluster_arn: str, queues: Mapping[str, Mapping[str, object]], **_: object) -> list[tuple[str, Document]]:
    own = place_of(cluster_arn).account_id
    found: list[tuple[str, Document]] = []
    for key, queue in queues.items():
        queue_arn, dead_letter_queue_arn = str(queue["queue_arn"]), str(queue["dead_letter_queue_arn"])
        topic_arns = list(queue["topic_arns"])  # type: ignore[call-overload]
        consumer = own if place_of(queue_arn).account_id != own else None
        found += [
            (f"queues.{key}", existing_queue_policy(queue_arn, topic_arns, consumer)),
            (
                f"queues.{key}.dead_letter_queue",
                existing_dead_letter_queue_policy(dead_letter_queue_arn, topic_arns, consumer),
            ),
        ]
        if queue["has_key"]:
            found.append((f"queues.{key}.kms_key", delivery_key_policy(topic_arns, queue_arn, consumer)))
    return found
