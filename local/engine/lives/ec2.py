"""Reads, changes and deletes a VPC and what stands in it."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.engine.kind import Kind, Properties, Retag, Thing, found
from local.engine.shapes import ordered
from local.engine.tags import tag_list, tag_map, tagging
from local.provisioner.ec2 import replace_rules, rules_of
from local.provisioner.resource import Resource


def _retag(aws: Aws, thing: Thing, to_set: dict[str, str], to_remove: list[str]) -> None:
    ec2 = aws.client("ec2")
    if to_set:
        ec2.create_tags(Resources=[thing.id], Tags=tag_list(to_set))
    if to_remove:
        ec2.delete_tags(Resources=[thing.id], Tags=[{"Key": name} for name in to_remove])


def _unchangeable(_aws: Aws, _thing: Thing, _changed: Resource) -> None:
    """All but its tags replaces it."""


def _tags(described: dict[str, Any], thing: Thing) -> dict[str, str]:
    """Without the name, where it is the box's own addition."""
    tags = tag_map(described.get("Tags", []))
    return {name: text for name, text in tags.items() if name != "Name" or name in (thing.known.get("tags") or {})}


def _read_vpc(aws: Aws, thing: Thing) -> Properties:
    vpc = found(aws.client("ec2").describe_vpcs(VpcIds=[thing.id])["Vpcs"])
    return {"cidrBlock": vpc["CidrBlock"], "tags": _tags(vpc, thing)}


def _read_subnet(aws: Aws, thing: Thing) -> Properties:
    subnet = found(aws.client("ec2").describe_subnets(SubnetIds=[thing.id])["Subnets"])
    return {
        "vpcId": subnet["VpcId"],
        "cidrBlock": subnet["CidrBlock"],
        "availabilityZone": subnet["AvailabilityZone"],
        "tags": _tags(subnet, thing),
    }


def _read_route_table(aws: Aws, thing: Thing) -> Properties:
    table = found(aws.client("ec2").describe_route_tables(RouteTableIds=[thing.id])["RouteTables"])
    return {"vpcId": table["VpcId"], "tags": _tags(table, thing)}


def _read_association(aws: Aws, thing: Thing) -> Properties:
    filters = [{"Name": "association.route-table-association-id", "Values": [thing.id]}]
    table = found(aws.client("ec2").describe_route_tables(Filters=filters)["RouteTables"])
    return {"routeTableId": table["RouteTableId"]}


def _group(aws: Aws, thing: Thing) -> dict[str, Any]:
    return found(aws.client("ec2").describe_security_groups(GroupIds=[thing.id])["SecurityGroups"])


def _read_group(aws: Aws, thing: Thing) -> Properties:
    group = _group(aws, thing)
    return {
        "name": group["GroupName"],
        "description": group["Description"],
        "vpcId": group["VpcId"],
        "ownerId": group["OwnerId"],
        **_rules(group, thing),
        "tags": _tags(group, thing),
    }


def _read_default_group(aws: Aws, thing: Thing) -> Properties:
    group = _group(aws, thing)
    return {
        "name": group["GroupName"],
        "vpcId": group["VpcId"],
        "ownerId": group["OwnerId"],
        **_rules(group, thing),
        "tags": _tags(group, thing),
    }


def _rules(group: dict[str, Any], thing: Thing) -> Properties:
    """Rules are a set."""
    return {
        key: ordered([rule for permission in group[name] for rule in rules_of(permission)], thing.known.get(key))
        for key, name in {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}.items()
    }


def _update_group(aws: Aws, thing: Thing, changed: Resource) -> None:
    wanted = Resource(changed.type, changed.name, {**thing.known, **changed.inputs})
    replace_rules(aws, _group(aws, thing), wanted)


def _forget(_aws: Aws, _thing: Thing) -> None:
    """A VPC's own group goes with it."""


#: What an endpoint says of its ids, and how a change names them.
_ENDPOINT_IDS = {"routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds", "securityGroupIds": "Groups"}
_CHANGED_IDS = {"routeTableIds": "RouteTableIds", "subnetIds": "SubnetIds", "securityGroupIds": "SecurityGroupIds"}


def _read_endpoint(aws: Aws, thing: Thing) -> Properties:
    endpoints = aws.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[thing.id])["VpcEndpoints"]
    endpoint = found([endpoint for endpoint in endpoints if endpoint["State"] != "deleted"])
    return {
        "vpcId": endpoint["VpcId"],
        "serviceName": endpoint["ServiceName"],
        "vpcEndpointType": endpoint["VpcEndpointType"],
        "privateDnsEnabled": endpoint.get("PrivateDnsEnabled", False),
        **{
            key: _ids(endpoint.get(name, []), thing.known[key])
            for key, name in _ENDPOINT_IDS.items()
            if key in thing.known
        },
        **({"policy": endpoint["PolicyDocument"]} if "policy" in thing.known and "PolicyDocument" in endpoint else {}),
        "tags": _tags(endpoint, thing),
    }


def _ids(listed: list[Any], known: list[str] | None) -> list[str]:
    """Groups come with their names, all else by id; in the known order, for they are a set."""
    order = {id_: index for index, id_ in enumerate(known or [])}
    ids = [one["GroupId"] if isinstance(one, dict) else one for one in listed]
    return sorted(ids, key=lambda id_: order.get(id_, len(order)))


def _update_endpoint(aws: Aws, thing: Thing, changed: Resource) -> None:
    """By what is added and what is taken away, as EC2 asks for it."""
    settings: dict[str, Any] = changed.given({"privateDnsEnabled": "PrivateDnsEnabled", "policy": "PolicyDocument"})
    for key, name in _CHANGED_IDS.items():
        if key in changed.inputs:
            wanted, had = changed.inputs[key] or [], thing.known.get(key) or []
            settings[f"Add{name}"] = [id_ for id_ in wanted if id_ not in had]
            settings[f"Remove{name}"] = [id_ for id_ in had if id_ not in wanted]
    if settings:
        aws.client("ec2").modify_vpc_endpoint(VpcEndpointId=thing.id, **settings)


def _read_flow_log(aws: Aws, thing: Thing) -> Properties:
    log = found(aws.client("ec2").describe_flow_logs(FlowLogIds=[thing.id])["FlowLogs"])
    return {
        "trafficType": log["TrafficType"],
        "vpcId": log["ResourceId"],
        "iamRoleArn": log["DeliverLogsPermissionArn"],
        "tags": _tags(log, thing),
    }


def _read_namespace(aws: Aws, thing: Thing) -> Properties:
    namespace = aws.client("servicediscovery").get_namespace(Id=thing.id)["Namespace"]
    tags = aws.client("servicediscovery").list_tags_for_resource(ResourceARN=namespace["Arn"])["Tags"]
    return {"name": namespace["Name"], "arn": namespace["Arn"], "tags": tag_map(tags)}


_NAMESPACE_TAGS: Retag = tagging("servicediscovery", "ResourceARN", known_by="arn")

KINDS = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Kind(_read_default_group, _forget, _update_group, _retag),
    "aws:ec2/flowLog:FlowLog": Kind(
        _read_flow_log,
        lambda aws, thing: aws.client("ec2").delete_flow_logs(FlowLogIds=[thing.id]),
        _unchangeable,
        _retag,
    ),
    "aws:ec2/routeTable:RouteTable": Kind(
        _read_route_table,
        lambda aws, thing: aws.client("ec2").delete_route_table(RouteTableId=thing.id),
        _unchangeable,
        _retag,
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Kind(
        _read_association,
        lambda aws, thing: aws.client("ec2").disassociate_route_table(AssociationId=thing.id),
        _unchangeable,
    ),
    "aws:ec2/securityGroup:SecurityGroup": Kind(
        _read_group,
        lambda aws, thing: aws.client("ec2").delete_security_group(GroupId=thing.id),
        _update_group,
        _retag,
    ),
    "aws:ec2/subnet:Subnet": Kind(
        _read_subnet, lambda aws, thing: aws.client("ec2").delete_subnet(SubnetId=thing.id), _unchangeable, _retag
    ),
    "aws:ec2/vpc:Vpc": Kind(
        _read_vpc, lambda aws, thing: aws.client("ec2").delete_vpc(VpcId=thing.id), _unchangeable, _retag
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Kind(
        _read_endpoint,
        lambda aws, thing: aws.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[thing.id]),
        _update_endpoint,
        _retag,
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Kind(
        _read_namespace,
        lambda aws, thing: aws.client("servicediscovery").delete_namespace(Id=thing.id),
        _unchangeable,
        _NAMESPACE_TAGS,
    ),
}
