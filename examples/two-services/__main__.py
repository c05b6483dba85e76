"""Two services: what the first one has packed, the second one ships. They share a network, an image and a topic."""

from typing import cast

import pulumi

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService

pipeline = PipelineComponent("shop", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
# The topic between them is neither's: either may be taken away without the other.
environment = Environment("shop", {"shared_topics": {"packed": {}}})
packed = environment.shared_topic_arns["packed"]
# With source directory there always is one.
image = cast("pulumi.Output[str]", pipeline.image)

packing = WorkerService(
    "packing",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        "image": image,
        "handler": "shop.packing.handle",
        "publishes_to": {"packed": {"topic_arn": packed, "kms_key_arn": environment.shared_topic_key_arn}},
    },
)
shipping = WorkerService(
    "shipping",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        "image": image,
        "handler": "shop.shipping.handle",
        "topics": {"packed": {"topic_arn": packed}},
        # It is the slower one, and has a size and a scaling of its own.
        "message_processing_seconds": 5,
        "max_count": 20,
    },
)
pulumi.export("topic_arn", packing.topic_arn)
