"""Addresses of a VPC and its subnets."""

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pulumi_awsx as awsx

from worker_service.inputs.rules import ListOf, shown

#: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
_WIDEST, _NARROWEST = 16, 28
ZONES = 2


@dataclass(frozen=True)
class Cidr:
    """Rule of a block of IPv4 addresses."""

    def problems(self, name: str, value: Any) -> list[str]:
        """Refuse what is no block, or one that a VPC cannot have."""
        network = _network(value)
        if network is None or not _WIDEST <= network.prefixlen <= _NARROWEST:
            return [f"{name}: {shown(value)} is not {self}"]
        return []

    def __str__(self) -> str:
        return f"a block of addresses such as 10.0.0.0/16, /{_WIDEST} to /{_NARROWEST}"


CIDR = Cidr()
SUBNET_CIDRS = ListOf(CIDR, minimum_items=ZONES, maximum_items=ZONES)


def cidr_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Subnets lie in the VPC and beside each other; both kinds are given or neither."""
    kinds = [key for key in ("public_subnet_cidrs", "private_subnet_cidrs") if key in args]
    if len(kinds) == 1:
        yield f"{kinds[0]}: give the public and the private ones, or neither"
    vpc = _network(args["vpc_cidr"])
    blocks = [(f"{key}[{index}]", _network(block)) for key in kinds for index, block in enumerate(args[key])]
    for name, block in blocks:
        if vpc and block and not block.subnet_of(vpc):
            yield f"{name}: {block} is not in vpc_cidr {vpc}"
    for (name, block), (other_name, other) in combinations(blocks, 2):
        if block and other and block.overlaps(other):
            yield f"{other_name}: {other} overlaps {name} {block}"


def subnet_specs(args: Mapping[str, Any]) -> list[awsx.ec2.SubnetSpecArgsDict]:
    """What awsx makes of them: the blocks that were given, or a quarter of the VPC for each subnet."""
    quarter = ipaddress.IPv4Network(args["vpc_cidr"]).prefixlen + ZONES

    def spec(kind: awsx.ec2.SubnetType, key: str) -> awsx.ec2.SubnetSpecArgsDict:
        return {"type": kind, "cidr_blocks": args[key]} if key in args else {"type": kind, "cidr_mask": quarter}

    return [
        spec(awsx.ec2.SubnetType.PUBLIC, "public_subnet_cidrs"),
        spec(awsx.ec2.SubnetType.PRIVATE, "private_subnet_cidrs"),
    ]


def _network(value: Any) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(value) if isinstance(value, str) else None
    except ValueError:
        return None
