"""Invoices: one image with two handlers, each a worker service with a topic and a queue of its own."""

from typing import cast

import pulumi

from worker_service import Environment, NatGateways, PipelineComponent, PipelineSource, WorkerService

config = pulumi.Config()

pipeline = PipelineComponent("invoices", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("invoices", {"nat_gateways": NatGateways.NONE, "container_insights": False})
# With source directory there always is one.
image = cast("pulumi.Output[str]", pipeline.image)

for name in ("received", "reminders"):
    service = WorkerService(
        name,
        {
            "cluster_arn": environment.cluster_arn,
            "vpc_id": environment.vpc_id,
            "subnet_ids": environment.public_subnet_ids,
            "assign_public_ip": True,
            "image": image,
            "handler": f"invoices.{name}.handle",
            "max_count": config.require_int("max_tasks"),
        },
    )
    pulumi.export(f"{name}_topic_arn", service.topic_arn)
