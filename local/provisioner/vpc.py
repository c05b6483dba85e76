"""Creates VPCs: whole ones as awsx makes them, and the resources that such a one is made of.

Gateways and routes carry no traffic here, so there are none.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.aws import Aws
from local.provisioner.ec2 import name_tags
from local.provisioner.resource import Outputs, Resource

_DEFAULT_BLOCK = "10.0.0.0/16"
_DEFAULT_ZONES = 3
_DEFAULT_SUBNETS = [{"type": "Public"}, {"type": "Private"}]


@dataclass(frozen=True)
class SubnetPlan:
    """A subnet of an awsx:ec2:Vpc."""

    name: str
    kind: str
    """Public, Private or Isolated."""
    zone: str
    block: str


def awsx_vpc(aws: Aws, resource: Resource) -> Outputs:
    """awsx:ec2:Vpc: the VPC, its subnets, and a route table of each private one."""
    created = vpc(aws, Resource(resource.type, resource.name, {**resource.inputs, "cidrBlock": vpc_block(resource)}))
    subnets: dict[str, list[str]] = {"Public": [], "Private": [], "Isolated": []}
    for plan in plan_subnets(aws, resource):
        inputs = {"vpcId": created["id"], "cidrBlock": plan.block, "availabilityZone": plan.zone}
        made = subnet(aws, Resource(resource.type, plan.name, {**inputs, "tags": resource.tags()}))
        subnets[plan.kind].append(made["id"])
    for subnet_id in subnets["Private"]:
        table = route_table(aws, Resource(resource.type, resource.name, {"vpcId": created["id"]}))
        inputs = {"routeTableId": table["id"], "subnetId": subnet_id}
        route_table_association(aws, Resource(resource.type, resource.name, inputs))
    return {
        "vpcId": created["id"],
        "publicSubnetIds": subnets["Public"],
        "privateSubnetIds": subnets["Private"],
        "isolatedSubnetIds": subnets["Isolated"],
    }


def vpc_block(resource: Resource) -> str:
    """The addresses of an awsx:ec2:Vpc."""
    return resource.inputs.get("cidrBlock") or _DEFAULT_BLOCK


def plan_subnets(aws: Aws, resource: Resource) -> Iterator[SubnetPlan]:
    """The subnets of an awsx:ec2:Vpc, zone by zone."""
    zones = aws.client("ec2").describe_availability_zones()["AvailabilityZones"]
    count = resource.inputs.get("numberOfAvailabilityZones") or _DEFAULT_ZONES
    specs = resource.inputs.get("subnetSpecs") or _DEFAULT_SUBNETS
    blocks = iter(_blocks(ipaddress.ip_network(vpc_block(resource)), specs, count))
    numbers: dict[str, int] = {}
    for zone in zones[:count]:
        for spec in specs:
            kind = spec["type"]
            numbers[kind] = numbers.get(kind, 0) + 1
            yield SubnetPlan(
                f"{resource.name}-{kind.lower()}-{numbers[kind]}", kind, zone["ZoneName"], str(next(blocks))
            )


def vpc(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/vpc:Vpc."""
    created = aws.client("ec2").create_vpc(
        CidrBlock=resource.inputs["cidrBlock"], TagSpecifications=name_tags("vpc", resource, resource.name)
    )["Vpc"]
    return {"id": created["VpcId"]}


def subnet(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/subnet:Subnet."""
    created = aws.client("ec2").create_subnet(
        **resource.given({"vpcId": "VpcId", "cidrBlock": "CidrBlock", "availabilityZone": "AvailabilityZone"}),
        TagSpecifications=name_tags("subnet", resource, resource.name),
    )["Subnet"]
    return {"id": created["SubnetId"], "arn": created.get("SubnetArn", "")}


def route_table(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/routeTable:RouteTable."""
    created = aws.client("ec2").create_route_table(
        VpcId=resource.inputs["vpcId"], TagSpecifications=name_tags("route-table", resource, resource.name)
    )["RouteTable"]
    return {"id": created["RouteTableId"]}


def route_table_association(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/routeTableAssociation:RouteTableAssociation."""
    created = aws.client("ec2").associate_route_table(
        RouteTableId=resource.inputs["routeTableId"], SubnetId=resource.inputs["subnetId"]
    )
    return {"id": created["AssociationId"]}


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
