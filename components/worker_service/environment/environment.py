"""Environment: the VPC, subnets and ECS cluster that worker services run in, made here or adopted."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from worker_service.environment.choices import NatGateways, SubnetType, VpcEndpoints
from worker_service.environment.cidrs import ZONES, subnet_specs
from worker_service.environment.conflicts import environment_conflicts
from worker_service.environment.execute_command_log import execute_command_configuration, execute_command_log
from worker_service.environment.flow_logs import flow_logs
from worker_service.environment.gateway_endpoints import DYNAMODB, gateway_endpoints
from worker_service.environment.inputs import ENVIRONMENT_ROWS, EnvironmentArgs
from worker_service.environment.interface_endpoints import WORKER_SERVICES, interface_endpoints
from worker_service.environment.shared_topics import shared_topics
from worker_service.inputs.arns import last_segment, place_of
from worker_service.inputs.checking import checked
from worker_service.inputs.public_component import PublicComponent
from worker_service.service.choices import Encryption

# checked() fills in the defaults that the rows state.
# pyright: reportTypedDictNotRequiredAccess=false

_NAT_STRATEGIES = {
    NatGateways.NONE: awsx.ec2.NatGatewayStrategy.NONE,
    NatGateways.SINGLE: awsx.ec2.NatGatewayStrategy.SINGLE,
    NatGateways.ONE_PER_ZONE: awsx.ec2.NatGatewayStrategy.ONE_PER_AZ,
}


class Environment(PublicComponent):
    """The network and the cluster of worker services."""

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    public_subnet_ids: pulumi.Output[Sequence[str]]
    """Ids of the public subnets."""
    private_subnet_ids: pulumi.Output[Sequence[str]]
    """Ids of the private subnets."""
    cluster_arn: pulumi.Output[str]
    """ARN of the ECS cluster."""
    cluster_name: pulumi.Output[str]
    """Name of the ECS cluster."""
    region: pulumi.Output[str]
    """Region of the cluster."""
    namespace_arn: pulumi.Output[str]
    """ARN of the Cloud Map namespace; empty where none is made."""
    execute_command_log_group_arn: pulumi.Output[str]
    """ARN of the log of ECS Exec's sessions; empty where none is made."""
    shared_topic_arns: pulumi.Output[Mapping[str, str]]
    """ARN of each shared topic by its name."""
    shared_topic_key_arn: pulumi.Output[str]
    """ARN of the KMS key of the shared topics, for publishers to encrypt with; empty where there is none."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        args = cast(EnvironmentArgs, checked("Environment", name, args, ENVIRONMENT_ROWS, environment_conflicts))
        super().__init__("workers:index:Environment", name, {}, opts)

        self.namespace_arn = self.shared_topic_key_arn = pulumi.Output.from_input("")
        self.execute_command_log_group_arn = pulumi.Output.from_input("")
        if "environment_stack" in args:
            self._adopt_stack(name, args["environment_stack"])
        else:
            vpc = self._take_network(name, args)
            self._take_cluster(name, args)
            if vpc is not None:
                self._make_endpoints(name, args, vpc)
            self._make_shared_topics(name, args)
        self.cluster_name = self.cluster_arn.apply(last_segment)
        self.region = self.cluster_arn.apply(lambda arn: place_of(arn).region)

        self.register_outputs({output: getattr(self, output) for output in Environment.__annotations__})

    def subnet_ids(self, subnet_type: SubnetType) -> pulumi.Output[Sequence[str]]:
        """The public or the private subnets."""
        return self.public_subnet_ids if subnet_type == SubnetType.PUBLIC else self.private_subnet_ids

    def _adopt_stack(self, name: str, stack_name: str) -> None:
        stack = pulumi.StackReference(f"{name}-stack", stack_name=stack_name, opts=pulumi.ResourceOptions(parent=self))
        self.vpc_id = stack.require_output("vpc_id")
        self.public_subnet_ids = stack.require_output("public_subnet_ids")
        self.private_subnet_ids = stack.require_output("private_subnet_ids")
        self.cluster_arn = stack.require_output("cluster_arn")
        self.shared_topic_arns = stack.get_output("shared_topic_arns").apply(lambda arns: arns or {})

    def _take_network(self, name: str, args: EnvironmentArgs) -> awsx.ec2.Vpc | None:
        """The VPC that is made, or None where one is adopted."""
        if "vpc_id" in args:
            self.vpc_id = pulumi.Output.from_input(args["vpc_id"])
            self.public_subnet_ids = _resolved(args.get("public_subnet_ids", []))
            self.private_subnet_ids = _resolved(args.get("private_subnet_ids", []))
            return None
        child = pulumi.ResourceOptions(parent=self)
        tags = args.get("tags")
        vpc = awsx.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=args["vpc_cidr"],
            number_of_availability_zones=ZONES,
            enable_dns_hostnames=True,
            nat_gateways={"strategy": _NAT_STRATEGIES[nat_gateways_of(args)]},
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=subnet_specs(args),
            tags=tags,
            opts=child,
        )
        # A VPC's default security group lets its members talk to each other and out; without rules it lets nothing.
        aws.ec2.DefaultSecurityGroup(f"{name}-default-security-group", vpc_id=vpc.vpc_id, tags=tags, opts=child)
        if "flow_log_retention_days" in args:
            flow_logs(
                name,
                vpc.vpc_id,
                retention_days=args["flow_log_retention_days"],
                kms_key_arn=args.get("log_kms_key_arn"),
                log_group_prefix=args.get("log_group_prefix"),
                tags=tags,
                parent=self,
            )
        if "namespace" in args:
            namespace = aws.servicediscovery.PrivateDnsNamespace(
                f"{name}-namespace", name=args["namespace"], vpc=vpc.vpc_id, tags=tags, opts=child
            )
            self.namespace_arn = namespace.arn
        self.vpc_id = vpc.vpc_id
        self.public_subnet_ids = vpc.public_subnet_ids
        self.private_subnet_ids = vpc.private_subnet_ids
        return vpc

    def _make_endpoints(self, name: str, args: EnvironmentArgs, vpc: awsx.ec2.Vpc) -> None:
        if args["vpc_endpoints"] == VpcEndpoints.NONE:
            return
        tags, is_worker = args.get("tags"), args["vpc_endpoints"] == VpcEndpoints.WORKER
        asked = args["vpc_endpoint_services"]
        endpoints = gateway_endpoints(
            name,
            ["s3", *(service for service in asked if service == DYNAMODB)],
            vpc,
            policies_for=self.cluster_arn if is_worker else None,
            tags=tags,
            parent=self,
        )
        if is_worker:
            endpoints += interface_endpoints(
                name,
                [*WORKER_SERVICES, *(service for service in asked if service != DYNAMODB)],
                vpc_id=vpc.vpc_id,
                vpc_cidr=args["vpc_cidr"],
                subnet_ids=vpc.private_subnet_ids,
                cluster_arn=self.cluster_arn,
                tags=tags,
                parent=self,
            )
        # A task that starts before them could not pull its image.
        ids = [endpoint.id for endpoint in endpoints]
        self.private_subnet_ids = pulumi.Output.all(vpc.private_subnet_ids, *ids).apply(lambda known: known[0])

    def _take_cluster(self, name: str, args: EnvironmentArgs) -> None:
        if "cluster_arn" in args:
            self.cluster_arn = pulumi.Output.from_input(args["cluster_arn"])
            return
        child = pulumi.ResourceOptions(parent=self)
        sessions = self._sessions(name, args)
        cluster = aws.ecs.Cluster(
            f"{name}-cluster",
            configuration=execute_command_configuration(
                sessions,
                encrypted_log="log_kms_key_arn" in args,
                session_key_arn=args.get("execute_command_kms_key_arn"),
            ),
            settings=[{"name": "containerInsights", "value": "enabled" if args["container_insights"] else "disabled"}],
            service_connect_defaults={"namespace": self.namespace_arn} if "namespace" in args else None,
            tags=args.get("tags"),
            opts=child,
        )
        providers = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity-providers",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            # An attribute of the cluster: deleting an old one would clear it.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        # A service on Spot cannot be made before the cluster has the providers.
        self.cluster_arn = pulumi.Output.all(cluster.arn, providers.id).apply(lambda known: known[0])

    def _sessions(self, name: str, args: EnvironmentArgs) -> aws.cloudwatch.LogGroup | None:
        if "execute_command_log_retention_days" not in args:
            return None
        log_group = execute_command_log(
            name,
            retention_days=args["execute_command_log_retention_days"],
            kms_key_arn=args.get("log_kms_key_arn"),
            log_group_prefix=args.get("log_group_prefix"),
            tags=args.get("tags"),
            parent=self,
        )
        self.execute_command_log_group_arn = log_group.arn
        return log_group

    def _make_shared_topics(self, name: str, args: EnvironmentArgs) -> None:
        self.shared_topic_arns = pulumi.Output.from_input({})
        if not args["shared_topics"]:
            return
        topics = shared_topics(
            name,
            args["shared_topics"],
            cluster_arn=self.cluster_arn,
            encryption=Encryption(args["encryption"]),
            kms_key_arn=args.get("kms_key_arn"),
            protect=args["protect"],
            tags=args.get("tags", {}),
            parent=self,
        )
        self.shared_topic_arns = pulumi.Output.all(**topics.topic_arns)
        self.shared_topic_key_arn = pulumi.Output.from_input(topics.key_arn or "")


def nat_gateways_of(args: Mapping[str, Any]) -> NatGateways:
    """How private subnets of a new VPC reach the internet; with all endpoints of a worker they need not."""
    by_endpoints = args["vpc_endpoints"] == VpcEndpoints.WORKER
    return NatGateways(args.get("nat_gateways", NatGateways.NONE if by_endpoints else NatGateways.ONE_PER_ZONE))


def _resolved(subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]) -> pulumi.Output[Sequence[str]]:
    # from_input resolves nested inputs too, which its type does not say.
    return cast("pulumi.Output[Sequence[str]]", pulumi.Output.from_input(subnet_ids))
