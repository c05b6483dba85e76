"""Invoices: one image with two handlers, each a worker service with a topic and a queue of its own."""

import pulumi

from worker_service import Environment, NatGateways, PipelineComponent, PipelineSource, WorkerService

config = pulumi.Config()

pipeline = PipelineComponent("invoices", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("invoices", {"nat_gateways": NatGateways.NONE, "container_insights": False})

for name in ("received", "reminders"):
    service = WorkerService(
        name,
        {
            "cluster_arn": environment.cluster_arn,
            "vpc_id": environment.vpc_id,
            "subnet_ids": environment.public_subnet_ids,
            "assign_public_ip": True,
            # Without a folder as its source, a pipeline's image is None.
            "image": pipeline.image.apply(str),
            "handler": f"invoices.{name}.handle",
            "max_count": config.require_int("max_tasks"),
        },
    )
    pulumi.export(f"{name}_topic_arn", service.topic_arn)
