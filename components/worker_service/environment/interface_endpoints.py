"""The interface endpoints through which private subnets reach AWS without NAT gateways."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from worker_service.inputs.rules import Text
from worker_service.policies.document import document
from worker_service.policies.vpc_endpoints import own_principals_policy

#: What every worker needs: its image, its log, its queues. The image's layers come from S3, by the gateway endpoint.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
WORKER_SERVICES = ("ecr.api", "ecr.dkr", "logs", "sqs")
ENDPOINT_SERVICE = Text(2, 60, r"[a-z0-9]+([.-][a-z0-9]+)*", "the end of an endpoint's name such as sns or ecr.api")

_HTTPS = 443


def interface_endpoints(
    name: str,
    services: Sequence[str],
    *,
    vpc_id: pulumi.Input[str],
    vpc_cidr: str,
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]],
    cluster_arn: pulumi.Input[str],
    tags: Mapping[str, pulumi.Input[str]] | None,
    parent: pulumi.Resource,
) -> list[aws.ec2.VpcEndpoint]:
    """Make an endpoint for each service in each subnet, under the service's own name, for the account's principals.

    `cluster_arn` tells the account. https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        f"{name}-endpoints-security-group",
        description=f"VPC endpoints of the environment {name}: HTTPS from the VPC",
        vpc_id=vpc_id,
        # The whole VPC's: under a service's own name public subnets are led to the endpoint too.
        ingress=[
            {
                "description": "HTTPS from the VPC",
                "protocol": "tcp",
                "from_port": _HTTPS,
                "to_port": _HTTPS,
                "cidr_blocks": [vpc_cidr],
            }
        ],
        tags=tags,
        opts=child,
    )
    policy = document(own_principals_policy, cluster_arn=cluster_arn)

    def endpoint(service: str) -> aws.ec2.VpcEndpoint:
        # Names are of another form in some partitions.
        found = aws.ec2.get_vpc_endpoint_service_output(
            service=service, service_type="Interface", opts=pulumi.InvokeOutputOptions(parent=parent)
        )
        return aws.ec2.VpcEndpoint(
            f"{name}-{service.replace('.', '-')}-endpoint",
            vpc_id=vpc_id,
            service_name=found.service_name,
            vpc_endpoint_type="Interface",
            subnet_ids=subnet_ids,
            security_group_ids=[group.id],
            private_dns_enabled=True,
            # A few services take none.
            policy=pulumi.Output.all(found.vpc_endpoint_policy_supported, policy).apply(
                lambda known: known[1] if known[0] else None
            ),
            tags=tags,
            opts=child,
        )

    return [endpoint(service) for service in services]
