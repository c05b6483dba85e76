"""What is wrong between the arguments of an Environment."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from worker_service.environment.choices import NatGateways, VpcEndpoints
from worker_service.environment.cidrs import cidr_conflicts
from worker_service.environment.inputs import ENVIRONMENT_ROWS
from worker_service.environment.interface_endpoints import WORKER_SERVICES
from worker_service.inputs.checking import find_conflicts
from worker_service.service.choices import Encryption

_SUBNETS = ("public_subnet_ids", "private_subnet_ids")
_EXISTING = ("vpc_id", *_SUBNETS, "cluster_arn")
#: What a new VPC has of its own.
_OF_A_NEW_VPC = (
    "vpc_cidr",
    "public_subnet_cidrs",
    "private_subnet_cidrs",
    "namespace",
    "vpc_endpoints",
    "vpc_endpoint_services",
)


def environment_conflicts(args: Mapping[str, Any], misfitting: Collection[str]) -> list[str]:
    """A sentence for each; arguments that misfit by themselves are left alone."""
    return find_conflicts(_CONFLICTS, args, misfitting)


def _adopted(args: Mapping[str, Any]) -> list[str]:
    return [key for key in _EXISTING if args.get(key)]


def _existing_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    adopted = _adopted(args)
    subnets = [key for key in adopted if key in _SUBNETS]
    if "environment_stack" in args:
        if adopted:
            yield f"environment_stack: brings {', '.join(adopted)} itself; leave out the one or the others"
    elif "vpc_id" in adopted and not subnets:
        yield "vpc_id: an existing VPC needs public_subnet_ids or private_subnet_ids"
    elif subnets and "vpc_id" not in adopted:
        yield f"{subnets[0]}: existing subnets need their vpc_id"


def _new_vpc_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if "environment_stack" not in args and not args.get("vpc_id"):
        yield from cidr_conflicts(args)
        return
    if "flow_log_retention_days" in args:
        yield "flow_log_retention_days: is for a VPC made here; whoever owns the existing one decides on its flow logs"
    if args.get("nat_gateways", NatGateways.NONE) != NatGateways.NONE:
        yield "nat_gateways: are for a VPC made here"
    yield from (
        f"{key}: is for a VPC made here"
        for key in _OF_A_NEW_VPC
        if key in args and args[key] != ENVIRONMENT_ROWS[key].default
    )


def _endpoint_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if args["vpc_endpoint_services"] and args["vpc_endpoints"] != VpcEndpoints.WORKER:
        yield "vpc_endpoint_services: are beside those of vpc_endpoints worker, and these are not made"
    yield from (
        f"vpc_endpoint_services: {service} is {where}"
        for service in args["vpc_endpoint_services"]
        for where in [_ALREADY.get(service)]
        if where
    )


def _new_cluster_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if not args.get("cluster_arn") and "environment_stack" not in args:
        return
    if args["container_insights"]:
        yield "container_insights: is for a cluster made here; whoever owns the existing one decides on its metrics"
    if "execute_command_log_retention_days" in args:
        yield (
            "execute_command_log_retention_days: is for a cluster made here; "
            "the existing one's configuration says where sessions are logged"
        )


def _topic_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if args["shared_topics"] and "environment_stack" in args:
        yield "shared_topics: are made by the stack that environment_stack names"
    if args["encryption"] == Encryption.MANAGED and "kms_key_arn" in args:
        yield "kms_key_arn: encryption 'managed' uses no customer's key; leave out the one or the other"


#: Services that have an endpoint anyway.
_ALREADY = {
    **dict.fromkeys(WORKER_SERVICES, "one of vpc_endpoints worker"),
    "s3": "reached through the gateway endpoint, which costs nothing",
}

#: Arguments that have to go together, and how to find where they do not.
_CONFLICTS = (
    ((*_EXISTING, "environment_stack"), _existing_conflicts),
    (("vpc_endpoints", "vpc_endpoint_services"), _endpoint_conflicts),
    (
        ("container_insights", "execute_command_log_retention_days", "cluster_arn", "environment_stack"),
        _new_cluster_conflicts,
    ),
    (("vpc_id", "environment_stack", "flow_log_retention_days", "nat_gateways", *_OF_A_NEW_VPC), _new_vpc_conflicts),
    (("shared_topics", "environment_stack", "encryption", "kms_key_arn"), _topic_conflicts),
)
