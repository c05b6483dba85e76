"""Spot: most tasks run at up to 70 % less, and one always runs where AWS does not end it."""

from typing import cast

import pulumi

from worker_service import Architecture, Environment, PipelineComponent, PipelineSource, WorkerService

pipeline = PipelineComponent(
    "thumbnails",
    {"source": PipelineSource.DIRECTORY, "service_dir": "service", "architecture": Architecture.ARM64},
)
environment = Environment("thumbnails", {})
thumbnails = WorkerService(
    "thumbnails",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        # With source directory there always is one.
        "image": cast("pulumi.Output[str]", pipeline.image),
        "handler": "images.thumbnails.handle",
        # The image is built for the same architecture.
        "architecture": Architecture.ARM64,
        # The first task runs on Fargate; of those beyond it, three out of four run on Spot.
        "spot": {"on_demand_base": 1, "on_demand_weight": 1, "spot_weight": 3},
        "max_count": 20,
    },
)
pulumi.export("topic_arn", thumbnails.topic_arn)
