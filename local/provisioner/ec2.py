"""Creates what stands in a VPC: security groups, endpoints, flow logs, namespaces."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

#: Whom a rule lets through: EC2's list and what is in it, and the provider's.
_ENDS = (
    ("IpRanges", "CidrIp", "cidrBlocks"),
    ("UserIdGroupPairs", "GroupId", "securityGroups"),
    ("PrefixListIds", "PrefixListId", "prefixListIds"),
)


def default_security_group(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/defaultSecurityGroup:DefaultSecurityGroup: adopts the VPC's, with the rules given and no others."""
    groups = aws.client("ec2").describe_security_groups(
        Filters=[
            {"Name": "vpc-id", "Values": [resource.inputs["vpcId"]]},
            {"Name": "group-name", "Values": ["default"]},
        ]
    )["SecurityGroups"]
    replace_rules(aws, groups[0], resource)
    if resource.tags():
        aws.client("ec2").create_tags(Resources=[groups[0]["GroupId"]], Tags=resource.tag_list())
    return _group_outputs(groups[0])


def security_group(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/securityGroup:SecurityGroup, with its inline rules and no others."""
    ec2 = aws.client("ec2")
    group_id = ec2.create_security_group(
        GroupName=resource.physical_name(),
        Description=resource.inputs.get("description") or "Managed by Pulumi",
        TagSpecifications=name_tags("security-group", resource, resource.name),
        **resource.given({"vpcId": "VpcId"}),
    )["GroupId"]
    group = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    replace_rules(aws, group, resource)
    return _group_outputs(group)


def vpc_endpoint(aws: Aws, resource: Resource) -> Outputs:
    """aws:ec2/vpcEndpoint:VpcEndpoint."""
    endpoint = aws.client("ec2").create_vpc_endpoint(
        VpcEndpointType=resource.inputs.get("vpcEndpointType") or "Gateway",
        VpcId=resource.inputs["vpcId"],
        ServiceName=resource.inputs["serviceName"],
        TagSpecifications=name_tags("vpc-endpoint", resource, resource.name),
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
    operation = discovery.create_private_dns_namespace(
        Name=resource.inputs["name"], Vpc=resource.inputs["vpc"], Tags=resource.tag_list()
    )
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
        TagSpecifications=name_tags("vpc-flow-log", resource, resource.name),
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


def replace_rules(aws: Aws, group: dict[str, Any], resource: Resource) -> None:
    """Give a security group the inline rules of the resource, and take away all others."""
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
        **{name: [{id_name: end, **described} for end in rule.get(key) or []] for name, id_name, key in _ENDS},
    }


def rules_of(permission: dict[str, Any]) -> list[dict[str, Any]]:
    """The rules that a permission of EC2's stands for: one for each description."""
    ports = {"protocol": permission["IpProtocol"], "fromPort": permission.get("FromPort", 0)}
    rules: dict[str, dict[str, Any]] = {}
    for name, id_name, key in _ENDS:
        for end in permission.get(name, []):
            described = end.get("Description", "")
            rule = rules.setdefault(
                described, {**ports, "toPort": permission.get("ToPort", 0), "description": described}
            )
            rule.setdefault(key, []).append(end[id_name])
    return list(rules.values())


def _group_outputs(group: dict[str, Any]) -> Outputs:
    return {
        "id": group["GroupId"],
        "arn": group.get("SecurityGroupArn", ""),
        "name": group["GroupName"],
        "ownerId": group["OwnerId"],
    }


def name_tags(kind: str, resource: Resource, name: str) -> list[dict[str, Any]]:
    """The resource's tags, and its name, as EC2 takes them at a creation."""
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}, *resource.tag_list()]}]
