"""The gateway endpoints through which private subnets reach S3, where ECR keeps an image's layers, and DynamoDB."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx

#: Reached through a gateway beside S3: their interface endpoints do not answer to the services' own names.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/privatelink-interface-endpoints.html
GATEWAY_SERVICES = ("dynamodb",)


def gateway_endpoint(
    name: str,
    service: str,
    vpc: awsx.ec2.Vpc,
    *,
    policy: pulumi.Input[str] | None,
    tags: Mapping[str, pulumi.Input[str]] | None,
    parent: pulumi.Resource,
) -> aws.ec2.VpcEndpoint:
    """Make the endpoint of a service. It costs nothing, and keeps its bytes off the NAT gateways, which charge for what
    they carry.

    Without a `policy` everything passes through it that the caller's own role allows.
    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    asking = pulumi.InvokeOutputOptions(parent=parent)
    # Its name is of another form in some partitions.
    found = aws.ec2.get_vpc_endpoint_service_output(service=service, service_type="Gateway", opts=asking)
    # What awsx says of its route tables has holes: https://github.com/pulumi/pulumi-awsx/issues/1194
    route_tables = aws.ec2.get_route_tables_output(filters=vpc.private_subnet_ids.apply(_associated_with), opts=asking)
    return aws.ec2.VpcEndpoint(
        f"{name}-{service}-endpoint",
        vpc_id=vpc.vpc_id,
        service_name=found.service_name,
        vpc_endpoint_type="Gateway",
        route_table_ids=route_tables.ids.apply(_some),
        policy=policy,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _associated_with(subnet_ids: Sequence[str]) -> list[aws.ec2.GetRouteTablesFilterArgsDict]:
    return [{"name": "association.subnet-id", "values": list(subnet_ids)}]


def _some(route_table_ids: Sequence[str]) -> Sequence[str]:
    """Refuse none: the endpoint would serve nothing, and what it is for would go through the NAT gateways unseen."""
    if not route_table_ids:
        raise pulumi.RunError("AWS names no route table of the private subnets; run it again in a minute")
    return route_table_ids
