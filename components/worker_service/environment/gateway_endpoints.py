"""The gateway endpoints through which private subnets reach S3, where ECR keeps an image's layers, and DynamoDB."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

from worker_service.policies.document import document
from worker_service.policies.vpc_endpoints import dynamodb_policy, s3_policy

DYNAMODB = "dynamodb"
#: Services that have gateway endpoints, and what may pass through each.
_POLICIES = {"s3": s3_policy, DYNAMODB: dynamodb_policy}


def gateway_endpoints(
    name: str,
    services: Sequence[str],
    vpc: awsx.ec2.Vpc,
    *,
    policies_for: pulumi.Input[str] | None,
    tags: Mapping[str, pulumi.Input[str]] | None,
    parent: pulumi.Resource,
) -> list[aws.ec2.VpcEndpoint]:
    """Make one for each service. They cost nothing, and keep images off the NAT gateways, which charge for what they
    carry.

    `policies_for` is the ARN of the cluster, which tells the account whose calls pass; without it everything passes
    that the caller's own role allows. https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    asking = pulumi.InvokeOutputOptions(parent=parent)
    # What awsx says of its route tables has holes: https://github.com/pulumi/pulumi-awsx/issues/1194
    route_tables = aws.ec2.get_route_tables_output(filters=vpc.private_subnet_ids.apply(_associated_with), opts=asking)

    def endpoint(service: str) -> aws.ec2.VpcEndpoint:
        # Its name is of another form in some partitions.
        found = aws.ec2.get_vpc_endpoint_service_output(service=service, service_type="Gateway", opts=asking)
        return aws.ec2.VpcEndpoint(
            f"{name}-{service}-endpoint",
            vpc_id=vpc.vpc_id,
            service_name=found.service_name,
            vpc_endpoint_type="Gateway",
            route_table_ids=route_tables.ids.apply(_some),
            policy=document(_POLICIES[service], cluster_arn=policies_for) if policies_for is not None else None,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=parent),
        )

    return [endpoint(service) for service in services]


def _associated_with(subnet_ids: Sequence[str]) -> list[aws.ec2.GetRouteTablesFilterArgsDict]:
    return [{"name": "association.subnet-id", "values": list(subnet_ids)}]


def _some(route_table_ids: Sequence[str]) -> Sequence[str]:
    """Refuse none: the endpoint would serve nothing, and images would go through the NAT gateways unseen."""
    if not route_table_ids:
        raise pulumi.RunError("AWS names no route table of the private subnets; run it again in a minute")
    return route_table_ids
