"""Environment: the VPC, subnets and ECS cluster that worker services run in, made here or adopted."""

from collections.abc import Sequence
from typing import cast

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from worker_service.environment.choices import NatGateways, SubnetType
from worker_service.environment.conflicts import environment_conflicts
from worker_service.environment.flow_logs import flow_logs
from worker_service.environment.inputs import ENVIRONMENT_ROWS, EnvironmentArgs
from worker_service.environment.s3_endpoint import s3_endpoint
from worker_service.inputs.checking import checked

# checked() fills in the defaults that the rows state.
# pyright: reportTypedDictNotRequiredAccess=false

#: AWS Proton's fargate-env template: a /16 with a public and a private /18 in each of two zones.
CIDR_BLOCK = "10.0.0.0/16"
ZONES = 2
SUBNET_MASK_BITS = 18

_NAT_STRATEGIES = {
    NatGateways.NONE: awsx.ec2.NatGatewayStrategy.NONE,
    NatGateways.SINGLE: awsx.ec2.NatGatewayStrategy.SINGLE,
    NatGateways.ONE_PER_ZONE: awsx.ec2.NatGatewayStrategy.ONE_PER_AZ,
}


class Environment(pulumi.ComponentResource):
    """The network and the cluster of worker services."""

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    public_subnet_ids: pulumi.Output[Sequence[str]]
    """Ids of the public subnets."""
    private_subnet_ids: pulumi.Output[Sequence[str]]
    """Ids of the private subnets."""
    cluster_arn: pulumi.Output[str]
    """ARN of the ECS cluster."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args = cast(EnvironmentArgs, checked("Environment", name, args, ENVIRONMENT_ROWS, environment_conflicts))
        super().__init__("workers:index:Environment", name, {}, opts)

        if "environment_stack" in args:
            self._adopt_stack(name, args["environment_stack"])
        else:
            self._take_network(name, args)
            self._take_cluster(name, args)

        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "public_subnet_ids": self.public_subnet_ids,
                "private_subnet_ids": self.private_subnet_ids,
                "cluster_arn": self.cluster_arn,
            }
        )

    def subnet_ids(self, subnet_type: SubnetType) -> pulumi.Output[Sequence[str]]:
        """The public or the private subnets."""
        return self.public_subnet_ids if subnet_type == SubnetType.PUBLIC else self.private_subnet_ids

    def _adopt_stack(self, name: str, stack_name: str) -> None:
        stack = pulumi.StackReference(f"{name}-stack", stack_name=stack_name, opts=pulumi.ResourceOptions(parent=self))
        self.vpc_id = stack.require_output("vpc_id")
        self.public_subnet_ids = stack.require_output("public_subnet_ids")
        self.private_subnet_ids = stack.require_output("private_subnet_ids")
        self.cluster_arn = stack.require_output("cluster_arn")

    def _take_network(self, name: str, args: EnvironmentArgs) -> None:
        if "vpc_id" in args:
            self.vpc_id = pulumi.Output.from_input(args["vpc_id"])
            self.public_subnet_ids = _resolved(args.get("public_subnet_ids", []))
            self.private_subnet_ids = _resolved(args.get("private_subnet_ids", []))
            return
        child = pulumi.ResourceOptions(parent=self)
        tags = args.get("tags")
        vpc = awsx.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=CIDR_BLOCK,
            number_of_availability_zones=ZONES,
            enable_dns_hostnames=True,
            nat_gateways={"strategy": _NAT_STRATEGIES[NatGateways(args.get("nat_gateways", NatGateways.ONE_PER_ZONE))]},
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=[
                {"type": awsx.ec2.SubnetType.PUBLIC, "cidr_mask": SUBNET_MASK_BITS},
                {"type": awsx.ec2.SubnetType.PRIVATE, "cidr_mask": SUBNET_MASK_BITS},
            ],
            tags=tags,
            opts=child,
        )
        # A VPC's default security group lets its members talk to each other and out; without rules it lets nothing.
        aws.ec2.DefaultSecurityGroup(f"{name}-default-security-group", vpc_id=vpc.vpc_id, tags=tags, opts=child)
        s3_endpoint(name, vpc, tags=tags, parent=self)
        if "flow_log_retention_days" in args:
            flow_logs(
                name,
                vpc.vpc_id,
                retention_days=args["flow_log_retention_days"],
                kms_key_arn=args.get("log_kms_key_arn"),
                tags=tags,
                parent=self,
            )
        self.vpc_id = vpc.vpc_id
        self.public_subnet_ids = vpc.public_subnet_ids
        self.private_subnet_ids = vpc.private_subnet_ids

    def _take_cluster(self, name: str, args: EnvironmentArgs) -> None:
        if "cluster_arn" in args:
            self.cluster_arn = pulumi.Output.from_input(args["cluster_arn"])
            return
        child = pulumi.ResourceOptions(parent=self)
        cluster = aws.ecs.Cluster(
            f"{name}-cluster",
            settings=[{"name": "containerInsights", "value": "enabled" if args["container_insights"] else "disabled"}],
            tags=args.get("tags"),
            opts=child,
        )
        aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity-providers",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            # An attribute of the cluster: deleting an old one would clear it.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        self.cluster_arn = cluster.arn


def _resolved(subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]) -> pulumi.Output[Sequence[str]]:
    # from_input resolves nested inputs too, which its type does not say.
    return cast("pulumi.Output[Sequence[str]]", pulumi.Output.from_input(subnet_ids))
