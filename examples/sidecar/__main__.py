"""A sidecar: a server of exchange rates beside the worker, in each task, from the same image."""

from typing import cast

import pulumi

from worker_service import DependencyCondition, Environment, PipelineComponent, PipelineSource, WorkerService

RATES_PORT = 8787

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
        "handler": "shop.orders.handle",
        "environment": {"RATES_PORT": str(RATES_PORT)},
        "sidecars": {
            "rates": {
                "command": ["python", "-m", "shop.rates"],
                "environment": {"RATES_PORT": str(RATES_PORT)},
                "memory": 128,
                "ports": [RATES_PORT],
                # No message is received before there are rates.
                "worker_waits_for": DependencyCondition.HEALTHY,
                "health_check": {"command": ["python", "-m", "shop.rates", "check"]},
            },
        },
    },
)
pulumi.export("topic_arn", shop.topic_arn)
