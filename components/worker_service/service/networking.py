"""What tasks may reach, over IPv4 and IPv6, and by which names."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi_aws as aws

#: Has AWS's SDKs call addresses that know IPv6 too, such as sqs.eu-west-1.api.aws.
#: https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html
DUAL_STACK_VARIABLE = "AWS_USE_DUALSTACK_ENDPOINT"


def egress_rules(ports: Sequence[int], *, ipv6: bool) -> list[aws.ec2.SecurityGroupEgressArgs]:
    """TCP to everywhere on these ports."""
    return [
        aws.ec2.SecurityGroupEgressArgs(
            description=f"TCP {port}",
            protocol="tcp",
            from_port=port,
            to_port=port,
            cidr_blocks=["0.0.0.0/0"],
            ipv6_cidr_blocks=["::/0"] if ipv6 else None,
        )
        for port in ports
    ]


def dual_stack_variables(args: Mapping[str, Any]) -> dict[str, str]:
    """What the container's environment says of it."""
    return {DUAL_STACK_VARIABLE: "true"} if args["ipv6"] else {}


def service_connect_client(enabled: bool) -> aws.ecs.ServiceServiceConnectConfigurationArgs | None:
    """A client of the services in the cluster's default namespace, and none of its own: nothing connects to a worker.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts-deploy.html
    """
    return aws.ecs.ServiceServiceConnectConfigurationArgs(enabled=True) if enabled else None
