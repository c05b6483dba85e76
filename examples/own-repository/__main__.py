"""Invoices: one image with two handlers, each a worker service with a topic and a queue of its own."""

import pulumi

from worker_service import Environment, PipelineComponent, WorkerService

config = pulumi.Config()

pipeline = PipelineComponent("invoices", {"source": "directory", "service_dir": "service"})
environment = Environment("invoices", {"nat_gateways": "none", "container_insights": False})

for name in ("received", "reminders"):
    service = WorkerService(
        name,
        {
            "cluster_arn": environment.cluster_arn,
            "vpc_id": environment.vpc_id,
            "subnet_ids": environment.public_subnet_ids,
            "assign_public_ip": True,
            "image": pipeline.image,
            "handler": f"invoices.{name}.handle",
            "max_count": config.require_int("max_tasks"),
        },
    )
    pulumi.export(f"{name}_topic_arn", service.topic_arn)
