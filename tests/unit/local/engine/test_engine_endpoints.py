"""A VPC endpoint is changed in place where EC2 does so, and read back as it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws import Aws
from local.emulator import ADMIN_CREDENTIALS, Emulator
from local.engine.kind import Thing
from local.engine.kinds import KINDS
from local.provisioner.creators import CREATORS
from local.provisioner.resource import Resource

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
NONE = json.dumps({"Version": "2012-10-17", "Statement": []})
ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]})


@pytest.fixture
def aws() -> Iterator[Aws]:
    with Emulator() as emulator:
        yield Aws(emulator.endpoint_url, "eu-west-1", ADMIN_CREDENTIALS)


def test_subnets_groups_and_policy_change_in_place_and_are_read_back(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"] for number in range(3)
    ]
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc_id)["GroupId"] for name in ("a", "b")
    ]
    inputs: dict[str, Any] = {
        "vpcId": vpc_id,
        "serviceName": "com.amazonaws.eu-west-1.sqs",
        "vpcEndpointType": "Interface",
        "subnetIds": subnets[:2],
        "securityGroupIds": groups[:1],
        "policy": ALL,
    }
    id_ = CREATORS[ENDPOINT](aws, Resource(ENDPOINT, "sqs", inputs))["id"]
    changed = {"subnetIds": [subnets[2], subnets[1]], "securityGroupIds": groups[1:], "policy": NONE}
    kind = KINDS[ENDPOINT]
    assert kind.update

    kind.update(aws, Thing(id_, inputs), Resource(ENDPOINT, "sqs", changed))

    live = kind.read(aws, Thing(id_, {**inputs, **changed}))
    assert {key: live[key] for key in changed} == changed


def test_what_was_changed_by_hand_is_read_back(aws: Aws) -> None:
    ec2 = aws.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    tables = [ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"] for _ in range(2)]
    inputs = {"vpcId": vpc_id, "serviceName": "com.amazonaws.eu-west-1.s3", "routeTableIds": tables[:1]}
    id_ = CREATORS[ENDPOINT](aws, Resource(ENDPOINT, "s3", inputs))["id"]
    ec2.modify_vpc_endpoint(VpcEndpointId=id_, AddRouteTableIds=tables[1:], RemoveRouteTableIds=tables[:1])

    assert KINDS[ENDPOINT].read(aws, Thing(id_, inputs))["routeTableIds"] == tables[1:]
