"""Creates ECS resources."""

from __future__ import annotations

import json
from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

# The provider spells most of ECS as the API does.
_TASK_DEFINITION = (
    "family",
    "cpu",
    "memory",
    "networkMode",
    "requiresCompatibilities",
    "runtimePlatform",
    "taskRoleArn",
    "executionRoleArn",
    "volumes",
    "ephemeralStorage",
)
CLUSTER = ("configuration", "serviceConnectDefaults")
SERVICE = (
    "cluster",
    "taskDefinition",
    "desiredCount",
    "launchType",
    "platformVersion",
    "enableExecuteCommand",
    "propagateTags",
)
STRATEGY = {"capacityProviderStrategies": "capacityProviderStrategy"}


def cluster(aws: Aws, resource: Resource) -> Outputs:
    """aws:ecs/cluster:Cluster."""
    created = aws.client("ecs").create_cluster(
        clusterName=resource.physical_name(),
        tags=resource.tag_list("key", "value"),
        **resource.given({key: key for key in ("settings", *CLUSTER)}),
    )["cluster"]
    return {"id": created["clusterArn"], "arn": created["clusterArn"], "name": created["clusterName"]}


def cluster_capacity_providers(aws: Aws, resource: Resource) -> Outputs:
    """aws:ecs/clusterCapacityProviders:ClusterCapacityProviders."""
    name = resource.inputs["clusterName"]
    aws.client("ecs").put_cluster_capacity_providers(
        cluster=name,
        capacityProviders=resource.inputs.get("capacityProviders") or [],
        defaultCapacityProviderStrategy=resource.inputs.get("defaultCapacityProviderStrategies") or [],
    )
    return {"id": name}


def task_definition(aws: Aws, resource: Resource) -> Outputs:
    """aws:ecs/taskDefinition:TaskDefinition."""
    created = aws.client("ecs").register_task_definition(
        **resource.given({name: name for name in _TASK_DEFINITION}),
        containerDefinitions=json.loads(resource.inputs["containerDefinitions"]),
        tags=resource.tag_list("key", "value"),
    )["taskDefinition"]
    arn = created["taskDefinitionArn"]
    return {
        "id": created["family"],
        "arn": arn,
        "arnWithoutRevision": arn.rpartition(":")[0],
        "revision": created["revision"],
    }


def service(aws: Aws, resource: Resource) -> Outputs:
    """aws:ecs/service:Service."""
    created = aws.client("ecs").create_service(
        serviceName=resource.physical_name(),
        **resource.given({name: name for name in SERVICE} | STRATEGY),
        networkConfiguration={"awsvpcConfiguration": network(resource.inputs["networkConfiguration"])},
        tags=resource.tag_list("key", "value"),
    )["service"]
    return {"id": created["serviceArn"], "arn": created["serviceArn"], "name": created["serviceName"]}


def network(inputs: dict[str, Any]) -> dict[str, Any]:
    """A service's network as ECS takes it."""
    return {
        "subnets": inputs["subnets"],
        "securityGroups": inputs.get("securityGroups") or [],
        "assignPublicIp": "ENABLED" if inputs.get("assignPublicIp") else "DISABLED",
    }
