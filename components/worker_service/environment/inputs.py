"""The inputs of Environment, one row for each: key, type, rule, default and what it is for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NotRequired, TypedDict

import pulumi

from worker_service.environment.choices import NatGateways, VpcEndpoints
from worker_service.environment.cidrs import CIDR, SUBNET_CIDRS
from worker_service.environment.interface_endpoints import ENDPOINT_SERVICE
from worker_service.environment.shared_topics import SHARED_TOPICS, SharedTopic
from worker_service.inputs import aws_values as aws
from worker_service.inputs.names import LOG_GROUP_PREFIX
from worker_service.inputs.rows import Default, rows_of
from worker_service.inputs.rules import Flag, ListOf, OneOf, Text
from worker_service.service.choices import Encryption

#: https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
_NAMESPACE = Text(1, 253, r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", "a domain's name in lower case such as shop.local")
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
    vpc_cidr: NotRequired[Annotated[str, CIDR, Default("10.0.0.0/16")]]
    """Addresses of a new VPC, /16 to /28. Another one replaces the network. Default 10.0.0.0/16."""
    public_subnet_cidrs: NotRequired[Annotated[Sequence[str], SUBNET_CIDRS]]
    """Addresses of the public subnets of a new VPC, 2 of them, /16 to /28, with private_subnet_cidrs. Default: a
    quarter of the VPC each."""
    private_subnet_cidrs: NotRequired[Annotated[Sequence[str], SUBNET_CIDRS]]
    """Addresses of the private subnets of a new VPC, 2 of them, /16 to /28, with public_subnet_cidrs. Default: a
    quarter of the VPC each."""
    namespace: NotRequired[Annotated[str, _NAMESPACE]]
    """Name of a private Cloud Map namespace for a new VPC, such as shop.local, which is a new cluster's for Service
    Connect; its hosted zone costs $0.50 a month. Default: none."""
    shared_topics: NotRequired[Annotated[Mapping[str, SharedTopic], SHARED_TOPICS, Default({})]]
    """Topics that services of this and of other stacks are subscribed to, by a name of yours: fifo and publishers of
    each. Default none."""
    environment_stack: NotRequired[Annotated[str, _STACK]]
    """Another stack (organization/project/stack) whose outputs vpc_id, public_subnet_ids, private_subnet_ids,
    cluster_arn and, where it has them, shared_topic_arns are used. Default none."""
    nat_gateways: NotRequired[Annotated[NatGateways, OneOf.members_of(NatGateways)]]
    """How private subnets of a new VPC reach the internet: none, single or one_per_zone; about $33 a gateway and month.
    Default: one_per_zone, but none with vpc_endpoints worker, and in a stack of this project's whose tasks are
    public."""
    vpc_endpoints: NotRequired[Annotated[VpcEndpoints, OneOf.members_of(VpcEndpoints), Default(VpcEndpoints.GATEWAY)]]
    """What private subnets of a new VPC reach without NAT gateways: none, gateway (S3, which costs nothing) or worker
    (S3 and what a worker needs: ecr.api, ecr.dkr, logs and sqs, each about $15 a month in its two zones, and $0.01 a
    GB). Default gateway."""
    vpc_endpoint_services: NotRequired[
        Annotated[Sequence[str], ListOf(ENDPOINT_SERVICE, maximum_items=40), Default(())]
    ]
    """Services of AWS to reach beside those of vpc_endpoints worker, by the ends of their endpoints' names, such as sns
    or events, about $15 a month each, or dynamodb, which costs nothing. A stack of this project adds what its service's
    inputs need. Default none."""
    container_insights: NotRequired[Annotated[bool, Flag(), Default(False)]]
    """CloudWatch Container Insights on a new cluster: 25 to 38 metrics of one service, $7.5 to $11 a month. Default
    false."""
    flow_log_retention_days: NotRequired[Annotated[int, aws.LOG_RETENTION_DAYS]]
    """Keep flow logs of a new VPC for so many days, one of CloudWatch's steps from 1 to 3,653; about $0.50 a GB.
    Default: no flow logs."""
    execute_command_log_retention_days: NotRequired[Annotated[int, aws.LOG_RETENTION_DAYS]]
    """Log the sessions of ECS Exec on a new cluster, kept for so many days, one of CloudWatch's steps from 1 to 3,653;
    about $0.50 a GB. Default: sessions are not logged."""
    execute_command_kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """An existing KMS key that ECS Exec's sessions on a new cluster are encrypted with, beside TLS; whoever opens one
    needs kms:GenerateDataKey on it. Default: TLS alone."""
    log_group_prefix: NotRequired[Annotated[str, LOG_GROUP_PREFIX]]
    """What the names of log groups made here begin with, such as /acme/shop; another one makes other log groups.
    Default: Pulumi names them, with random characters."""
    log_kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """An existing KMS key for log groups, whose policy lets logs.REGION.amazonaws.com use it. Default: CloudWatch's own
    encryption."""
    encryption: NotRequired[Annotated[Encryption, OneOf.members_of(Encryption), Default(Encryption.CUSTOMER_KEY)]]
    """What encrypts messages at rest: customer_key (of shared topics one KMS key, $1 a month and what its requests
    cost), or managed (none for topics, at no cost). Default customer_key."""
    kms_key_arn: NotRequired[Annotated[pulumi.Input[str], aws.KEY_ARN]]
    """An existing KMS key for shared topics, whose policy lets sns.amazonaws.com use it. Default: a key of their
    own."""
    protect: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Refuse deletion and replacement of key and shared topics. Default true."""
    tags: NotRequired[Annotated[Mapping[str, pulumi.Input[str]], aws.TAGS]]
    """Tags of everything made here. Default none."""


ENVIRONMENT_ROWS = rows_of(EnvironmentArgs)
