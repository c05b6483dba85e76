"""Private: tasks without a public address and without a way to the internet. AWS is reached by VPC endpoints."""

from typing import cast

import pulumi
import pulumi_aws as aws

from worker_service import (
    Environment,
    PipelineComponent,
    PipelineSource,
    PublishesTo,
    VpcEndpoints,
    WorkerService,
    endpoint_services,
)

pipeline = PipelineComponent("shop", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
billed = aws.sns.Topic("billed")
publishes_to: dict[str, PublishesTo] = {"billed": {"topic_arn": billed.arn}}
environment = Environment(
    "shop",
    {
        "vpc_endpoints": VpcEndpoints.WORKER,
        # What this input needs beside what every worker does: sns.
        "vpc_endpoint_services": endpoint_services({"publishes_to": publishes_to}),
    },
)
shop = WorkerService(
    "shop",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.private_subnet_ids,
        # With source directory there always is one.
        "image": cast("pulumi.Output[str]", pipeline.image),
        "handler": "shop.orders.handle",
        "publishes_to": publishes_to,
    },
)
pulumi.export("topic_arn", shop.topic_arn)
