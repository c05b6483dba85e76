"""Fan-out: each order is billed, and a large one is looked at too. The two services know nothing of each other."""

from typing import cast

import pulumi

from worker_service import Environment, FilterPolicyScope, PipelineComponent, PipelineSource, Topic, WorkerService

pipeline = PipelineComponent("shop", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("shop", {})
# With source directory there always is one.
image = cast("pulumi.Output[str]", pipeline.image)


def service(name: str, topics: dict[str, Topic]) -> WorkerService:
    """A service whose handler is `handle` of the module of its name."""
    return WorkerService(
        name,
        {
            "cluster_arn": environment.cluster_arn,
            "vpc_id": environment.vpc_id,
            "subnet_ids": environment.public_subnet_ids,
            "assign_public_ip": True,
            "image": image,
            "handler": f"shop.{name}.handle",
            "topics": topics,
        },
    )


# One queue may have several topics, each with a handler of its own.
billing = service("billing", {"main": {}, "refunds": {"handler": "shop.refunds.handle"}})
# A topic that exists, wherever it was made, is subscribed to by its ARN. What the filter leaves out is not delivered.
fraud = service(
    "fraud",
    {
        "orders": {
            "topic_arn": billing.topic_arn,
            "filter_policy": {"order": {"price": [{"numeric": [">=", 100]}]}},
            "filter_policy_scope": FilterPolicyScope.MESSAGE_BODY,
        }
    },
)
pulumi.export("topic_arns", billing.topic_arns)
