"""What tasks may reach: over IPv4 and IPv6, in subnets of several kinds, and through Service Connect."""

from __future__ import annotations

import pytest
from botocore.session import get_session

from tests.support.worker_service import container, deployed
from worker_runtime.sqs.boto_transport import BotoTransport

SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
SERVICE = "aws:ecs/service:Service"


def variables(**args: object) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container(deployed(**args))["environment"]}


def test_ipv6_is_reached_where_it_is_asked_for():
    [https, database] = deployed(ipv6=True, egress_ports=[443, 5432]).one(SECURITY_GROUP).inputs["egress"]

    assert https == {
        "description": "TCP 443",
        "protocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrBlocks": ["0.0.0.0/0"],
        "ipv6CidrBlocks": ["::/0"],
    }
    assert database["ipv6CidrBlocks"] == ["::/0"]
    assert [rule for rule in deployed().one(SECURITY_GROUP).inputs["egress"] if "ipv6CidrBlocks" in rule] == []


def test_a_handler_and_the_worker_call_aws_by_dual_stack_addresses_then(monkeypatch: pytest.MonkeyPatch):
    assert "AWS_USE_DUALSTACK_ENDPOINT" not in variables()
    for name, value in variables(ipv6=True).items():
        monkeypatch.setenv(name, value)
    session = get_session()
    session.set_credentials("AKIA", "secret")

    assert BotoTransport(session, "eu-west-1").request_url() == "https://sqs.eu-west-1.api.aws/"
    assert session.create_client("sns", "eu-west-1").meta.endpoint_url == "https://sns.eu-west-1.api.aws"


def test_what_the_caller_says_of_dual_stack_addresses_holds():
    assert (
        variables(ipv6=True, environment={"AWS_USE_DUALSTACK_ENDPOINT": "false"})["AWS_USE_DUALSTACK_ENDPOINT"]
        == "false"
    )


def test_subnets_may_be_of_several_kinds():
    subnets = ["subnet-0a", "subnet-0b", "subnet-0c"]
    assert deployed(subnet_ids=subnets).one(SERVICE).inputs["networkConfiguration"]["subnets"] == subnets


def test_a_client_of_service_connect_offers_nothing_itself():
    assert deployed(service_connect=True).one(SERVICE).inputs["serviceConnectConfiguration"] == {"enabled": True}
    assert "serviceConnectConfiguration" not in deployed().one(SERVICE).inputs
    assert "portMappings" not in container(deployed(service_connect=True))
