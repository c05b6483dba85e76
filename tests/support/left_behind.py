"""What the CloudFormation stacks of Copilot and Proton left in an account: converted programs look it up.

The emulator has no CloudFormation: `CLOUDFORMATION` answers in its place, by what exports and outputs are called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.aws import Aws

_TOPIC = re.compile(r"arn:\$\{aws:partition\}:sns:[^\"]*:([A-Za-z0-9_.-]+)\"")
_PARAMETER = re.compile(r":parameter(/[^\"]+)\"")
_SECRET = re.compile(r"\$\{aws:secret ([^}]+)\}")
_VALUE = "hidden"


def leave_behind(aws: Aws, stack_file: str) -> None:
    """Make the topics, parameters and secrets that a stack file names."""
    for name in set(_TOPIC.findall(stack_file)):
        fifo = {"FifoTopic": "true"} if name.endswith(".fifo") else {}
        aws.client("sns").create_topic(Name=name, Attributes=fifo)
    for name in set(_PARAMETER.findall(stack_file)):
        aws.client("ssm").put_parameter(Name=name, Value=_VALUE, Type="SecureString")
    for name in set(_SECRET.findall(stack_file)):
        _secret(aws, name)


def _export(aws: Aws, args: dict[str, Any]) -> dict[str, Any]:
    """aws:cloudformation/getExport:getExport, of Copilot's environments and addons."""
    name = args["name"]
    found = next((make for ending, make in _EXPORTS.items() if name.endswith(ending)), lambda _aws, text: text)
    return {"value": found(aws, name)}


def _outputs(aws: Aws, args: dict[str, Any]) -> dict[str, Any]:
    """aws:cloudformation/getStack:getStack, of Proton's environment."""
    name, subnets = args["name"], _subnets(aws, args["name"]).split(",")
    outputs = {
        "ClusterArn": aws.client("ecs").create_cluster(clusterName=name)["cluster"]["clusterArn"],
        "VPC": _vpc(aws),
        "SNSTopicArn": aws.client("sns").create_topic(Name=f"{name}-ping")["TopicArn"],
    }
    numbered = {f"{kind}Subnet{place}": subnets[place - 1] for kind in ("Public", "Private") for place in (1, 2)}
    return {"outputs": {**outputs, **numbered}}


def _cluster(aws: Aws, name: str) -> str:
    return aws.client("ecs").create_cluster(clusterName=name)["cluster"]["clusterName"]


def _vpc(aws: Aws, _name: str = "") -> str:
    """Every environment's."""
    ec2 = aws.client("ec2")
    found = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"]
    return found[0]["VpcId"] if found else ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def _subnets(aws: Aws, _name: str) -> str:
    """Both, as an export has them."""
    ec2, vpc = aws.client("ec2"), _vpc(aws)
    found = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    made = found or [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"] for n in range(2)]
    return ",".join(subnet["SubnetId"] for subnet in made)


def _security_group(aws: Aws, name: str) -> str:
    ec2, vpc = aws.client("ec2"), _vpc(aws)
    found = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
    group = found[0] if found else ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)
    return group["GroupId"]


def _secret(aws: Aws, name: str) -> str:
    return aws.client("secretsmanager").create_secret(Name=name, SecretString=_VALUE)["ARN"]


_EXPORTS: Mapping[str, Callable[[Aws, str], str]] = {
    "-ClusterId": _cluster,
    "-VpcId": _vpc,
    "Subnets": _subnets,
    "SecurityGroup": _security_group,
    "Secret": _secret,
}
CLOUDFORMATION: Mapping[str, Callable[[Aws, dict[str, Any]], dict[str, Any]]] = {
    "aws:cloudformation/getExport:getExport": _export,
    "aws:cloudformation/getStack:getStack": _outputs,
}
