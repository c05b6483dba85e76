"""Existing: a worker for a topic and a queue that somebody else made, and keeps."""

from typing import cast

import pulumi
import pulumi_aws as aws

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService

pipeline = PipelineComponent("shop", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("shop", {})
# What another stack, or a person, has made. Their policies stay theirs.
topic = aws.sns.Topic("live-orders")
dead_letter_queue = aws.sqs.Queue("live-orders-dead")
queue = aws.sqs.Queue(
    "live-orders",
    visibility_timeout_seconds=60,
    redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": dead_letter_queue.arn, "maxReceiveCount": 3}),
)

shop = WorkerService(
    "shop",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        # With source directory there always is one.
        "image": cast("pulumi.Output[str]", pipeline.image),
        "handler": "shop.orders.handle",
        "queues": {"main": {"queue_arn": queue.arn, "dead_letter_queue_arn": dead_letter_queue.arn}},
        "topics": {"orders": {"topic_arn": topic.arn}},
    },
)
# Without these statements SNS may not deliver. Whoever owns the queues adds them; here that is this program.
for name, owner in (("queues.main", queue), ("queues.main.dead_letter_queue", dead_letter_queue)):
    aws.sqs.QueuePolicy(
        name.replace(".", "-"),
        queue_url=owner.url,
        policy=shop.required_policies.apply(lambda policies, name=name: policies[name]),
    )
pulumi.export("required_policies", shop.required_policies)
