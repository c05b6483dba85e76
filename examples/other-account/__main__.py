"""Another account publishes to this one: whom the topic and its key let in, and what the publisher needs over there."""

from typing import cast

import pulumi
import pulumi_aws as aws

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService

pipeline = PipelineComponent("shop", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("shop", {})
THEIRS = "444455556666"

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
        # The topic's policy lets the account publish, the key's lets it encrypt; its own policies decide who of it may.
        "topics": {"main": {"publishers": {"account_ids": [THEIRS]}}},
    },
)

# Over there: a role that may publish, made by a provider that acts as a role of that account.
theirs = aws.Provider("theirs", assume_roles=[{"role_arn": f"arn:aws:iam::{THEIRS}:role/deploy"}])
publisher = aws.iam.Role(
    "publisher",
    name="publisher",
    assume_role_policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{THEIRS}:root"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
    opts=pulumi.ResourceOptions(provider=theirs),
)
aws.iam.RolePolicy(
    "publisher",
    role=publisher.name,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sns:Publish", "Resource": shop.topic_arn},
                {"Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": shop.kms_key_arn},
            ],
        }
    ),
    opts=pulumi.ResourceOptions(provider=theirs),
)
pulumi.export("topic_arn", shop.topic_arn)
