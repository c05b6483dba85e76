"""The awsx provider of the box: its VPC, made of resources of the aws provider, as the real one makes it."""

# ruff: noqa: N802 (gRPC names the methods)

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

from local.aws import Aws
from local.engine.plugin import Plugin, to_dict, to_struct
from local.provisioner.resource import Resource
from local.provisioner.vpc import plan_subnets, vpc_block

_VPC = "awsx:ec2:Vpc"


class AwsxPlugin(Plugin):
    """Builds awsx:ec2:Vpc."""

    package = "pulumi_awsx"
    accept_secrets = True  # the engine lets no other build components

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def Construct(self, request: Any, context: Any) -> Any:
        """Register the component and its resources."""
        if request.type != _VPC:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the box cannot create {request.type}, but {_VPC} alone")
        resource = Resource(request.type, request.name, to_dict(request.inputs))
        with grpc.insecure_channel(request.monitorEndpoint) as channel:
            monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
            urn = monitor.RegisterResource(
                resource_pb2.RegisterResourceRequest(
                    type=request.type, name=request.name, parent=request.parent, object=request.inputs
                )
            ).urn
            state = _build(_Family(monitor, urn, request.providers.get("aws", "")), self._aws, resource)
            monitor.RegisterResourceOutputs(
                resource_pb2.RegisterResourceOutputsRequest(urn=urn, outputs=to_struct(state))
            )
        return provider_pb2.ConstructResponse(urn=urn, state=to_struct(state))


@dataclass(frozen=True)
class _Made:
    urn: str
    id: str
    """Unknown in a preview."""


@dataclass(frozen=True)
class _Family:
    """Registers the children of a component."""

    monitor: Any
    parent: str
    provider: str

    def child(self, type_: str, name: str, inputs: Mapping[str, Any], *needs: _Made) -> _Made:
        registered = self.monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=type_,
                name=name,
                custom=True,
                parent=self.parent,
                provider=self.provider,
                # The program's own aws resources have this version, and with it the same provider.
                version=importlib.metadata.version("pulumi_aws"),
                object=to_struct(inputs),
                dependencies=[made.urn for made in needs],
                acceptSecrets=True,
            )
        )
        return _Made(registered.urn, registered.id or UNKNOWN)


def _build(family: _Family, aws: Aws, resource: Resource) -> dict[str, Any]:
    tags = {"tags": resource.tags()}
    vpc = family.child("aws:ec2/vpc:Vpc", resource.name, {"cidrBlock": vpc_block(resource), **tags})
    subnets: dict[str, list[str]] = {"Public": [], "Private": [], "Isolated": []}
    for plan in plan_subnets(aws, resource):
        inputs = {"vpcId": vpc.id, "cidrBlock": plan.block, "availabilityZone": plan.zone, **tags}
        subnet = family.child("aws:ec2/subnet:Subnet", plan.name, inputs, vpc)
        subnets[plan.kind].append(subnet.id)
        if plan.kind == "Private":
            table = family.child("aws:ec2/routeTable:RouteTable", plan.name, {"vpcId": vpc.id, **tags}, vpc)
            route = {"routeTableId": table.id, "subnetId": subnet.id}
            family.child("aws:ec2/routeTableAssociation:RouteTableAssociation", plan.name, route, table, subnet)
    return {
        "vpcId": vpc.id,
        "publicSubnetIds": subnets["Public"],
        "privateSubnetIds": subnets["Private"],
        "isolatedSubnetIds": subnets["Isolated"],
    }
