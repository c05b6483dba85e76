"""Two queues: orders of a customer in order, and mailings whenever there is room. One service, one set of tasks."""

from typing import cast

import pulumi

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService

pipeline = PipelineComponent("shop", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("shop", {})
shop = WorkerService(
    "shop",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        # With source directory there always is one.
        "image": cast("pulumi.Output[str]", pipeline.image),
        # The main queue: orders, one after the other for each customer.
        "handler": "shop.orders.handle",
        "fifo": {"content_based_deduplication": True},
        "acceptable_latency_seconds": 10,
        # A second one with a handler of its own, which may take an hour. It gets the places that orders leave.
        "queues": {"mailings": {"handler": "shop.mailings.handle", "acceptable_latency_seconds": 3_600}},
        "topics": {"main": {}, "mailings": {"queue": "mailings"}},
    },
)
pulumi.export("topic_arns", shop.topic_arns)
pulumi.export("queues", shop.queues)
