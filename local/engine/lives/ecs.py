"""Reads, changes and deletes ECS resources."""

from __future__ import annotations

import json

from local.aws import Aws
from local.engine.kind import Kind, Properties, Retag, Thing, found
from local.engine.tags import tag_map, tagging
from local.provisioner.ecs import CLUSTER, SERVICE, STRATEGY, network
from local.provisioner.resource import Resource

#: What a deployment can change of a service.
_CHANGEABLE = ("taskDefinition", "desiredCount", "platformVersion", "enableExecuteCommand", "propagateTags")


def _tagging() -> Retag:
    return tagging("ecs", "resourceArn", known_by="arn", parameters=("tags", "tagKeys"), shape=("key", "value"))


def _read_cluster(aws: Aws, thing: Thing) -> Properties:
    clusters = aws.client("ecs").describe_clusters(clusters=[thing.id], include=["TAGS", "SETTINGS", "CONFIGURATIONS"])[
        "clusters"
    ]
    cluster = found([cluster for cluster in clusters if cluster["status"] == "ACTIVE"])
    return {
        "arn": cluster["clusterArn"],
        "name": cluster["clusterName"],
        **{key: cluster.get(key) or {} for key in CLUSTER},
        "settings": cluster.get("settings", []),
        "tags": tag_map(cluster.get("tags", []), "key", "value"),
    }


def _update_cluster(aws: Aws, thing: Thing, changed: Resource) -> None:
    settings = changed.given({key: key for key in ("settings", *CLUSTER)})
    if settings:
        aws.client("ecs").update_cluster(cluster=thing.id, **settings)


def _read_capacity_providers(aws: Aws, thing: Thing) -> Properties:
    clusters = aws.client("ecs").describe_clusters(clusters=[thing.id])["clusters"]
    cluster = found([cluster for cluster in clusters if cluster["status"] == "ACTIVE"])
    return {
        "clusterName": cluster["clusterName"],
        "capacityProviders": cluster.get("capacityProviders", []),
        "defaultCapacityProviderStrategies": cluster.get("defaultCapacityProviderStrategy", []),
    }


def _delete_capacity_providers(aws: Aws, thing: Thing) -> None:
    aws.client("ecs").put_cluster_capacity_providers(
        cluster=thing.id, capacityProviders=[], defaultCapacityProviderStrategy=[]
    )


def _read_task_definition(aws: Aws, thing: Thing) -> Properties:
    described = aws.client("ecs").describe_task_definition(
        taskDefinition=thing.known.get("arn") or thing.id, include=["TAGS"]
    )
    definition = described["taskDefinition"]
    if definition["status"] != "ACTIVE":
        raise LookupError("the revision is deregistered")
    arn = definition["taskDefinitionArn"]
    return {
        "arn": arn,
        "arnWithoutRevision": arn.rpartition(":")[0],
        "revision": definition["revision"],
        "family": definition["family"],
        "tags": tag_map(described.get("tags", []), "key", "value"),
        **({} if thing.known else {"containerDefinitions": json.dumps(definition["containerDefinitions"])}),
    }


def _delete_task_definition(aws: Aws, thing: Thing) -> None:
    """The provider forgets one with skipDestroy, and leaves it registered."""
    if not thing.known.get("skipDestroy"):
        aws.client("ecs").deregister_task_definition(taskDefinition=thing.known["arn"])


def _read_service(aws: Aws, thing: Thing) -> Properties:
    cluster = thing.known.get("cluster") or thing.id.split("/")[-2]
    services = aws.client("ecs").describe_services(cluster=cluster, services=[thing.id], include=["TAGS"])["services"]
    service = found([service for service in services if service["status"] == "ACTIVE"])
    vpc = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    return {
        **{key: service[key] for key in SERVICE if key in service and key != "cluster"},
        "cluster": service["clusterArn"],
        "arn": service["serviceArn"],
        "name": service["serviceName"],
        "networkConfiguration": {
            "subnets": vpc.get("subnets", []),
            "securityGroups": vpc.get("securityGroups", []),
            "assignPublicIp": vpc.get("assignPublicIp") == "ENABLED",
        },
        "tags": tag_map(service.get("tags", []), "key", "value"),
    }


def _update_service(aws: Aws, thing: Thing, changed: Resource) -> None:
    settings = changed.given({key: key for key in _CHANGEABLE} | STRATEGY)
    if "networkConfiguration" in changed.inputs:
        settings["networkConfiguration"] = {"awsvpcConfiguration": network(changed.inputs["networkConfiguration"])}
    if settings:
        aws.client("ecs").update_service(cluster=thing.known["cluster"], service=thing.id, **settings)


def _delete_service(aws: Aws, thing: Thing) -> None:
    ecs = aws.client("ecs")
    ecs.update_service(cluster=thing.known["cluster"], service=thing.id, desiredCount=0)
    ecs.delete_service(cluster=thing.known["cluster"], service=thing.id, force=True)


KINDS = {
    "aws:ecs/cluster:Cluster": Kind(
        _read_cluster,
        lambda aws, thing: aws.client("ecs").delete_cluster(cluster=thing.id),
        _update_cluster,
        _tagging(),
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Kind(
        _read_capacity_providers, _delete_capacity_providers
    ),
    "aws:ecs/service:Service": Kind(_read_service, _delete_service, _update_service, _tagging()),
    "aws:ecs/taskDefinition:TaskDefinition": Kind(
        _read_task_definition, _delete_task_definition, lambda _aws, _thing, _changed: None, _tagging()
    ),
}
