"""The inputs of Environment, one row for each: key, type, rule, default and what it is for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NotRequired, TypedDict

import pulumi

from worker_service.environment.choices import NatGateways
from worker_service.inputs import aws_values as aws
from worker_service.inputs.rows import Default, rows_of
from worker_service.inputs.rules import Flag, OneOf, Text

_STACK = Text(1, 300, r"[\w.-]+(/[\w.-]+){0,2}", "a stack's name such as organization/project/stack")


class EnvironmentArgs(TypedDict):
    """Arguments of Environment. Everything may be left out: a VPC and a cluster are made then."""

    vpc_id: NotRequired[Annotated[pulumi.Input[str], aws.VPC_ID]]
    """An existing VPC to run in, with at least one of the two lists of subnets. Default: a VPC is made."""
    public_subnet_ids: NotRequired[Annotated[pulumi.Input[Sequence[pulumi.Input[str]]], aws.SUBNET_IDS]]
    """Existing public subnets of vpc_id, with a route to an internet gateway, 1 to 16. Default none."""
    private_subnet_ids: NotRequired[Annotated[pulumi.Input[Sequence[pulumi.Input[str]]], aws.SUBNET_IDS]]
    """Existing private subnets of vpc_id, with a route to a NAT gateway or VPC endpoints, 1 to 16. Default none."""
    cluster_arn: NotRequired[Annotated[pulumi.Input[str], aws.CLUSTER_ARN]]
    """An existing ECS cluster to run in. Default: a cluster is made."""
    environment_stack: NotRequired[Annotated[str, _STACK]]
    """Another stack (organization/project/stack) whose outputs vpc_id, public_subnet_ids, private_subnet_ids and
    cluster_arn are used. Default none."""
    nat_gateways: NotRequired[Annotated[NatGateways, OneOf.members_of(NatGateways)]]
    """How private subnets of a new VPC reach the internet: none, single or one_per_zone; about $33 a gateway and month.
    Default: one_per_zone, and none in a stack of this project's whose tasks are public."""
    container_insights: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """CloudWatch Container Insights on a new cluster: 25 to 38 metrics of one service, $7.5 to $11 a month. Default
    false."""
    flow_log_retention_days: NotRequired[Annotated[int, aws.LOG_RETENTION_DAYS]]
    """Keep flow logs of a new VPC for so many days, one of CloudWatch's steps from 1 to 3,653; about $0.50 a GB.
    Default: no flow logs."""
    log_kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """An existing KMS key for log groups, whose policy lets logs.REGION.amazonaws.com use it. Default: CloudWatch's own
    encryption."""
    tags: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], aws.TAGS]]
    """Tags of everything made here. Default none."""


ENVIRONMENT_ROWS = rows_of(EnvironmentArgs)
