"""The managed policy of whoever operates a service with the commands `workers`."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service.policies.document import document
from worker_service.policies.operator import operator_policy as policy
from worker_service.service.consumed_queue import ConsumedQueue
from worker_service.service.fargate_service import FargateService
from worker_service.service.work_queues import queue_key_arns
from worker_service.service.work_topic import WorkTopic


def operator_policy_arn(
    name: str,
    args: Mapping[str, Any],
    topic: WorkTopic,
    queues: Sequence[ConsumedQueue],
    service: FargateService,
    log_group_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Make it where it is asked for, and return its ARN; else ''."""
    if not args["operator_policy"]:
        return pulumi.Output.from_input("")
    own_key = [] if topic.key_arn is None else [topic.key_arn]
    made = aws.iam.Policy(
        f"{name}-operator-policy",
        description=f"What the commands `workers` do to the worker service {name}",
        path=args["role_path"] if args["role_path"] != "/" else None,
        policy=document(
            policy,
            name=name,
            queue_arns=[queue.queue_arn for queue in queues],
            dead_letter_queue_arns=[queue.dead_letter_queue_arn for queue in queues],
            topic_arns=list(topic.topic_arns.values()),
            key_arns=[*own_key, *queue_key_arns(args).values()],
            session_key_arns=[args[key] for key in ("execute_command_kms_key_arn",) if key in args],
            cluster_arn=args["cluster_arn"],
            service_arn=service.service_arn,
            log_group_arn=log_group_arn,
        ),
        tags=args["tags"],
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return made.arn
