"""Creates EC2's network resources."""

from __future__ import annotations

import ipaddress
from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

_DEFAULT_ZONES = 3
_DEFAULT_SUBNETS = [{"type": "Public"}, {"type": "Private"}]


def vpc(aws: Aws, resource: Resource) -> Outputs:
    """awsx:ec2:Vpc: the VPC, its subnets, and a route table of each private one. Gateways and routes carry no traffic
    here, so there are none."""
    ec2 = aws.client("ec2")
    network = ipaddress.ip_network(resource.inputs.get("cidrBlock") or "10.0.0.0/16")
    vpc_id = ec2.create_vpc(CidrBlock=str(network), TagSpecifications=_tags("vpc", resource, resource.name))["Vpc"][
        "VpcId"
    ]
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    count = resource.inputs.get("numberOfAvailabilityZones") or _DEFAULT_ZONES
    subnets: dict[str, list[str]] = {"Public": [], "Private": [], "Isolated": []}
    specs = resource.inputs.get("subnetSpecs") or _DEFAULT_SUBNETS
    blocks = iter(_blocks(network, specs, count))
    for zone in zones[:count]:
        for spec in specs:
            kind = spec["type"]
            name = f"{resource.name}-{kind.lower()}-{len(subnets[kind]) + 1}"
            created = ec2.create_subnet(
                VpcId=vpc_id,
                CidrBlock=str(next(blocks)),
                AvailabilityZone=zone["ZoneName"],
                TagSpecifications=_tags("subnet", resource, name),
            )
            subnets[kind].append(created["Subnet"]["SubnetId"])
    for subnet_id in subnets["Private"]:
        table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]
        ec2.associate_route_table(RouteTableId=table["RouteTableId"], SubnetId=subnet_id)
    return {
        "vpcId": vpc_id,
        "publicSubnetIds": subnets["Public"],
        "privateSubnetIds": subnets["Private"],
        "isolatedSubnetIds": subnets["Isolated"],
    }


def default_security_group(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/defaultSecurityGroup:DefaultSecurityGroup: adopts the VPC's, with the rules given and no others."""
    groups = aws.client("ec2").describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [resource.inputs["vpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"]
    _replace_rules(aws, groups[0], resource)
    return _group_outputs(groups[0])


def security_group(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/securityGroup:SecurityGroup, with its inline rules and no others."""
    ec2 = aws.client("ec2")
    group_id = ec2.create_security_group(
        GroupName=resource.physical_name(),
        Description=resource.inputs.get("description") or "Managed by Pulumi",
        TagSpecifications=_tags("security-group", resource, resource.name),
        **resource.given({"vpcId": "VpcId"}),
    )["GroupId"]
    group = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    _replace_rules(aws, group, resource)
    return _group_outputs(group)


def vpc_endpoint(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/vpcEndpoint:VpcEndpoint."""
    endpoint = aws.client("ec2").create_vpc_endpoint(
        VpcEndpointType=resource.inputs.get("vpcEndpointType") or "Gateway",
        VpcId=resource.inputs["vpcId"],
        ServiceName=resource.inputs["serviceName"],
        TagSpecifications=_tags("vpc-endpoint", resource, resource.name),
        **resource.given(
            {
                "routeTableIds": "RouteTableIds",
                "subnetIds": "SubnetIds",
                "securityGroupIds": "SecurityGroupIds",
                "privateDnsEnabled": "PrivateDnsEnabled",
                "policy": "PolicyDocument",
            }
        ),
    )["VpcEndpoint"]
    return {"id": endpoint["VpcEndpointId"]}


def namespace(aws: Aws, resource: Resource) -> Outputs:
    """aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace."""
    discovery = aws.client("servicediscovery")
    operation = discovery.create_private_dns_namespace(Name=resource.inputs["name"], Vpc=resource.inputs["vpc"])
    namespace_id = discovery.get_operation(OperationId=operation["OperationId"])["Operation"]["Targets"]["NAMESPACE"]
    return {"id": namespace_id, "arn": discovery.get_namespace(Id=namespace_id)["Namespace"]["Arn"]}


def flow_log(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/flowLog:FlowLog. Nothing flows here, so that nothing is logged."""
    created = aws.client("ec2").create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[resource.inputs["vpcId"]],
        TrafficType=resource.inputs["trafficType"],
        LogDestinationType="cloud-watch-logs",
        LogGroupName=resource.inputs["logDestination"].rsplit(":", 1)[-1],
        DeliverLogsPermissionArn=resource.inputs["iamRoleArn"],
    )
    if created["Unsuccessful"]:
        raise ValueError(created["Unsuccessful"][0]["Error"]["Message"])
    return {"id": created["FlowLogIds"][0]}


def get_route_tables(aws: Aws, args: dict[str, Any]) -> Outputs:
    """aws:ec2/getRouteTables:getRouteTables."""
    filters = [{"Name": entry["name"], "Values": entry["values"]} for entry in args.get("filters") or []]
    tables = aws.client("ec2").describe_route_tables(Filters=filters)["RouteTables"]
    return {"ids": [table["RouteTableId"] for table in tables]}


def get_vpc_endpoint_service(aws: Aws, args: dict[str, Any]) -> Outputs:
    """aws:ec2/getVpcEndpointService:getVpcEndpointService, for a service of AWS's own."""
    return {"serviceName": f"com.amazonaws.{aws.region}.{args['service']}", "vpcEndpointPolicySupported": True}


def _replace_rules(aws: Aws, group: dict[str, Any], resource: Resource) -> None:
    ec2, group_id = aws.client("ec2"), group["GroupId"]
    if group["IpPermissions"]:
        ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=group["IpPermissions"])
    if group["IpPermissionsEgress"]:
        ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=group["IpPermissionsEgress"])
    if resource.inputs.get("ingress"):
        ec2.authorize_security_group_ingress(
            GroupId=group_id, IpPermissions=[_permission(rule) for rule in resource.inputs["ingress"]]
        )
    if resource.inputs.get("egress"):
        ec2.authorize_security_group_egress(
            GroupId=group_id, IpPermissions=[_permission(rule) for rule in resource.inputs["egress"]]
        )


def _permission(rule: dict[str, Any]) -> dict[str, Any]:
    described = {"Description": rule["description"]} if rule.get("description") else {}
    return {
        "IpProtocol": rule["protocol"],
        "FromPort": rule["fromPort"],
        "ToPort": rule["toPort"],
        "IpRanges": [{"CidrIp": block, **described} for block in rule.get("cidrBlocks") or []],
        "UserIdGroupPairs": [{"GroupId": group, **described} for group in rule.get("securityGroups") or []],
        "PrefixListIds": [{"PrefixListId": list_id, **described} for list_id in rule.get("prefixListIds") or []],
    }


def _group_outputs(group: dict[str, Any]) -> Outputs:
    return {
        "id": group["GroupId"],
        "arn": group.get("SecurityGroupArn", ""),
        "name": group["GroupName"],
        "ownerId": group["OwnerId"],
    }


def _blocks(network: Any, specs: list[dict[str, Any]], zones: int) -> list[Any]:
    """A block for every subnet, one after the other. Without a mask: the largest equal ones that fit."""
    total = zones * len(specs)
    fitting = network.prefixlen + (total - 1).bit_length()
    address, blocks = network.network_address, []
    for spec in specs * zones:
        block = ipaddress.ip_network((address, spec.get("cidrMask") or fitting))
        blocks.append(block)
        address = block.broadcast_address + 1
    return blocks


def _tags(kind: str, resource: Resource, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}, *resource.tag_list()]}]
