"""In order: what happens to an account is booked one after the other, and accounts do not wait for each other."""

from typing import cast

import pulumi

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService

pipeline = PipelineComponent("ledger", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("ledger", {})
ledger = WorkerService(
    "ledger",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        # With source directory there always is one.
        "image": cast("pulumi.Output[str]", pipeline.image),
        "handler": "ledger.booking.handle",
        # The topic and both queues are FIFO. A publisher names the account as message group.
        "fifo": {"high_throughput": True},
    },
)
pulumi.export("topic_arn", ledger.topic_arn)
