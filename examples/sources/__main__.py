"""Sources: events of an EventBridge rule and new objects of a bucket come into the queue, without a topic between."""

from typing import cast

import pulumi
import pulumi_aws as aws

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService

pipeline = PipelineComponent("intake", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("intake", {})
# Somebody's bucket, which sends its events to EventBridge.
bucket = pulumi.Config().require("bucket")
uploads = aws.s3.Bucket("uploads", bucket=bucket)
aws.s3.BucketNotification("uploads", bucket=uploads.bucket, eventbridge=True)

intake = WorkerService(
    "intake",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        # With source directory there always is one.
        "image": cast("pulumi.Output[str]", pipeline.image),
        "handler": "intake.events.handle",
        "queues": {
            "main": {
                "sources": {
                    "payments": {"event_pattern": {"source": ["shop.payments"], "detail-type": ["payment received"]}},
                    "uploads": {"bucket": bucket, "prefix": "incoming/", "suffix": ".csv"},
                }
            }
        },
    },
)
pulumi.export("queue_url", intake.queue_url)
