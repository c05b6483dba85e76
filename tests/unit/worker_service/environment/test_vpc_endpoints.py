"""VPC endpoints of an Environment: which are made, who may use them, and what is refused."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from tests.support.deploy import Deployment, deploy, remembered
from worker_service import Environment, EnvironmentArgs, VpcEndpoints

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
TAGS = {"team": "platform"}
OWN_PRINCIPALS = {
    "Sid": "OwnPrincipals",
    "Effect": "Allow",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
}


@remembered
def deployed(**args: Any) -> Deployment:
    return deploy(lambda: Environment("net", cast("EnvironmentArgs", args)))


def policy_of(deployment: Deployment, name: str) -> list[dict[str, Any]]:
    return json.loads(deployment.one(ENDPOINT, name).inputs["policy"])["Statement"]


@pytest.mark.parametrize(
    ("vpc_endpoints", "names"),
    [
        (VpcEndpoints.NONE, []),
        (VpcEndpoints.GATEWAY, ["net-s3-endpoint"]),
        (
            VpcEndpoints.WORKER,
            [
                "net-ecr-api-endpoint",
                "net-ecr-dkr-endpoint",
                "net-logs-endpoint",
                "net-s3-endpoint",
                "net-sqs-endpoint",
            ],
        ),
    ],
)
def test_exactly_these_are_made(vpc_endpoints: VpcEndpoints, names: list[str]):
    assert [endpoint.name for endpoint in deployed(vpc_endpoints=vpc_endpoints).all(ENDPOINT)] == names


def test_s3_alone_is_the_default():
    assert [endpoint.name for endpoint in deployed().all(ENDPOINT)] == ["net-s3-endpoint"]
    assert "policy" not in deployed().one(ENDPOINT).inputs


def test_an_interface_endpoint_has_the_services_own_name_in_every_private_subnet():
    deployment = deployed(vpc_endpoints="worker", tags=TAGS)
    outputs = deployment.outputs_of(deployment.result)
    endpoint = dict(deployment.one(ENDPOINT, "net-sqs-endpoint").inputs)

    assert json.loads(endpoint.pop("policy"))["Statement"] == [OWN_PRINCIPALS]
    [group_id] = endpoint.pop("securityGroupIds")
    assert group_id.startswith("sg-")
    assert endpoint == {
        "vpcId": outputs["vpc_id"],
        "serviceName": "com.amazonaws.eu-west-1.sqs",
        "vpcEndpointType": "Interface",
        "subnetIds": outputs["private_subnet_ids"],
        "privateDnsEnabled": True,
        "tags": TAGS,
    }


def test_the_vpc_alone_reaches_the_endpoints_and_they_reach_nothing():
    deployment = deployed(vpc_endpoints="worker", vpc_cidr="10.7.0.0/16", tags=TAGS)

    assert deployment.one("aws:ec2/securityGroup:SecurityGroup").inputs == {
        "description": "VPC endpoints of the environment net: HTTPS from the VPC",
        "vpcId": deployment.outputs_of(deployment.result)["vpc_id"],
        "ingress": [
            {
                "description": "HTTPS from the VPC",
                "protocol": "tcp",
                "fromPort": 443,
                "toPort": 443,
                "cidrBlocks": ["10.7.0.0/16"],
            }
        ],
        "tags": TAGS,
    }


def test_through_s3s_endpoint_pass_own_principals_and_the_layers_of_images():
    assert policy_of(deployed(vpc_endpoints="worker"), "net-s3-endpoint") == [
        OWN_PRINCIPALS,
        {
            "Sid": "ImageLayers",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*",
        },
    ]


def test_dynamodbs_endpoint_is_a_gateway_to_tables_of_the_account_alone():
    deployment = deployed(vpc_endpoints="worker", vpc_endpoint_services=["dynamodb"], tags=TAGS)
    s3 = deployment.one(ENDPOINT, "net-s3-endpoint").inputs
    endpoint = deployment.one(ENDPOINT, "net-dynamodb-endpoint").inputs

    assert endpoint == {**s3, "serviceName": "com.amazonaws.eu-west-1.dynamodb", "policy": endpoint["policy"]}
    assert endpoint["vpcEndpointType"] == "Gateway"
    assert policy_of(deployment, "net-dynamodb-endpoint") == [
        {**OWN_PRINCIPALS, "Resource": "arn:aws:dynamodb:eu-west-1:111122223333:table/*"}
    ]
    assert len(deployment.all(ENDPOINT)) == 6


def test_more_services_have_endpoints_of_their_own():
    deployment = deployed(vpc_endpoints="worker", vpc_endpoint_services=["sns", "rds-data"])

    assert deployment.one(ENDPOINT, "net-rds-data-endpoint").inputs["serviceName"] == "com.amazonaws.eu-west-1.rds-data"
    assert len(deployment.all(ENDPOINT)) == 7


def test_they_need_no_nat_gateway_which_may_be_asked_for():
    def strategy(**args: Any) -> str:
        return deployed(vpc_endpoints="worker", **args).one("awsx:ec2:Vpc").inputs["natGateways"]["strategy"]

    assert strategy() == "None"
    assert strategy(nat_gateways="single") == "Single"


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        ({"vpc_endpoints": "all"}, ["vpc_endpoints: 'all' is not one of none, gateway, worker"]),
        (
            {"vpc_endpoint_services": ["sns"]},
            ["vpc_endpoint_services: are beside those of vpc_endpoints worker, and these are not made"],
        ),
        (
            {"vpc_endpoints": "worker", "vpc_endpoint_services": ["sqs", "s3", "SNS"]},
            ["vpc_endpoint_services[2]: 'SNS' is not the end of an endpoint's name such as sns or ecr.api"],
        ),
        (
            {"vpc_endpoints": "worker", "vpc_endpoint_services": ["sqs", "s3"]},
            [
                "vpc_endpoint_services: sqs is one of vpc_endpoints worker",
                "vpc_endpoint_services: s3 is reached through the gateway endpoint, which costs nothing",
            ],
        ),
        (
            {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1"], "vpc_endpoints": "worker"},
            ["vpc_endpoints: is for a VPC made here"],
        ),
    ],
)
def test_what_is_refused(args: Any, problems: list[str]):
    with pytest.raises(ValueError, match="Environment 'net' has invalid arguments") as refused:
        Environment("net", args)

    assert str(refused.value).splitlines()[1:] == [f"  {problem}" for problem in problems]
