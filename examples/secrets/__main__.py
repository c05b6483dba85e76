"""Secrets: ECS reads them when a task starts, and neither the task definition nor an image holds their values."""

import json
from typing import cast

import pulumi
import pulumi_aws as aws

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService

config = pulumi.Config()
pipeline = PipelineComponent("mailer", {"source": PipelineSource.DIRECTORY, "service_dir": "service"})
environment = Environment("mailer", {})

smtp = aws.secretsmanager.Secret("smtp", description="The mail server's user and password")
value = config.require_secret("smtp_password").apply(lambda text: json.dumps({"user": "mailer", "password": text}))
aws.secretsmanager.SecretVersion("smtp-value", secret_id=smtp.id, secret_string=value)
sender = aws.ssm.Parameter("sender", type="String", value="orders@example.com")

mailer = WorkerService(
    "mailer",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.public_subnet_ids,
        "assign_public_ip": True,
        # With source directory there always is one.
        "image": cast("pulumi.Output[str]", pipeline.image),
        "handler": "mailer.receipts.handle",
        "secrets": {
            # One field of a secret that is JSON.
            "SMTP_PASSWORD": pulumi.Output.concat(smtp.arn, ":password::"),
            "SENDER": sender.arn,
        },
    },
)
pulumi.export("topic_arn", mailer.topic_arn)
