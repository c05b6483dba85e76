"""The closed sets that inputs of Environment, and of a program that uses it, choose from."""

from enum import Enum


class NatGateways(str, Enum):
    """How private subnets reach the internet: not at all, through one NAT gateway, or through one in each zone."""

    NONE = "none"
    SINGLE = "single"
    ONE_PER_ZONE = "one_per_zone"


class VpcEndpoints(str, Enum):
    """What of AWS the private subnets reach without the internet: nothing, S3, or all that a worker needs."""

    NONE = "none"
    GATEWAY = "gateway"
    WORKER = "worker"


class SubnetType(str, Enum):
    """Where tasks run: public subnets with a public IP, or private subnets without one."""

    PUBLIC = "public"
    PRIVATE = "private"
