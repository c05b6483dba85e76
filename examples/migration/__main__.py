"""A migration before each deployment: where it fails, nothing is deployed, and the tasks of before go on."""

from typing import cast

import pulumi

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService

#: Stands for a database here: the schema's version in a parameter.
SCHEMA = "/shop/schema"

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
        "environment": {"SCHEMA": SCHEMA},
        "pre_deploy_command": ["python", "-m", "shop.migrate"],
        # The migration runs with the service's own roles.
        "task_policies": {
            "schema": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["ssm:GetParameter", "ssm:PutParameter"],
                        "Resource": f"arn:aws:ssm:*:*:parameter{SCHEMA}",
                    }
                ],
            }
        },
    },
)
pulumi.export("topic_arn", shop.topic_arn)
