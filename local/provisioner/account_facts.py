"""Answers what a program asks of the account itself: which one it is, and the ARN of a secret by its name."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs


def get_caller_identity(aws: Aws, _args: dict[str, Any]) -> Outputs:
    """aws:index/getCallerIdentity:getCallerIdentity."""
    caller = aws.client("sts").get_caller_identity()
    return {"accountId": caller["Account"], "arn": caller["Arn"], "userId": caller["UserId"]}


def get_partition(aws: Aws, _args: dict[str, Any]) -> Outputs:
    """aws:index/getPartition:getPartition."""
    return {"partition": aws.client("sts").get_caller_identity()["Arn"].split(":")[1]}


def get_region(aws: Aws, _args: dict[str, Any]) -> Outputs:
    """aws:index/getRegion:getRegion."""
    return {"region": aws.region, "id": aws.region}


def get_secret(aws: Aws, args: dict[str, Any]) -> Outputs:
    """aws:secretsmanager/getSecret:getSecret, by name."""
    secret = aws.client("secretsmanager").describe_secret(SecretId=args["name"])
    return {"arn": secret["ARN"], "name": secret["Name"]}
