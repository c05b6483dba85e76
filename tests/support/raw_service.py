"""A small program with an ECS service of raw resources, which comes up in a second."""

from __future__ import annotations

from pathlib import Path

_PROJECT = "name: raw\nruntime: python\n"
_STACK = "config:\n  aws:region: eu-west-1\n"
_PROGRAM = """
import json
import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
role = aws.iam.Role("role", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
topic, dead, queue = aws.sns.Topic("topic"), aws.sqs.Queue("dead"), aws.sqs.Queue("queue")
if REDRIVES:
    aws.sqs.RedrivePolicy("redrive", queue_url=queue.url, redrive_policy=pulumi.Output.json_dumps(
        {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 3}))

def ecs_service(name, variables):
    container = {"name": "c", "image": "raw:1", "memory": 64, "command": ["python", "main.py"], "environment": [
        {"name": key, "value": value} for key, value in variables.items()]}
    definition = aws.ecs.TaskDefinition(name, family=name, task_role_arn=role.arn, container_definitions=(
        pulumi.Output.json_dumps([container])))
    aws.ecs.Service(f"{name}-service", cluster=cluster.arn, task_definition=definition.arn, desired_count=1,
        network_configuration={"subnets": network.public_subnet_ids})

network = awsx.ec2.Vpc("network", number_of_availability_zones=2, nat_gateways={"strategy": "None"})
cluster = aws.ecs.Cluster("cluster")
ecs_service("website", {"PORT": "80"})
ecs_service("orders", {"QUEUE_URI": queue.url, "SNS_TOPIC_ARN": topic.arn})
pulumi.export("queue_url", queue.url)
pulumi.export("dead_letter_queue_url", dead.url)
pulumi.export("topic_arn", topic.arn)
"""


def write_raw_program(folder: Path, *, redrives: bool = True) -> Path:
    """The program in a folder, whose stack dev has a worker service `orders` and an ECS service that is none."""
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text(_PROJECT)
    (folder / "Pulumi.dev.yaml").write_text(_STACK)
    (folder / "__main__.py").write_text(_PROGRAM.replace("REDRIVES", str(redrives)))
    return folder
