"""Scale to zero: reports are asked for a few times a day, and no task runs in between."""

from typing import cast

import pulumi

from worker_service import Environment, PipelineComponent, PipelineSource, ScalingPreset, WorkerService

pipeline = PipelineComponent("reports", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("reports", {})
reports = WorkerService(
    "reports",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        # With source directory there always is one.
        "image": cast("pulumi.Output[str]", pipeline.image),
        "handler": "reports.monthly.handle",
        # No task while nothing waits; the first message of a quiet time waits about four minutes for one.
        "min_count": 0,
        "max_count": 4,
        # A report takes half a minute; a task that works on one is not stopped.
        "scaling": ScalingPreset.BATCH,
        "message_processing_seconds": 30,
        "acceptable_latency_seconds": 600,
        "scale_in_protection": True,
    },
)
pulumi.export("topic_arn", reports.topic_arn)
