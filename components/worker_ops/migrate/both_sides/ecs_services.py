"""The ECS services of both sides, by what their tasks are told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker_ops.account import Account
from worker_ops.errors import OpsError
from worker_ops.places.place import Service

#: What Copilot and Proton tell a worker's container of the queues that it reads.
_READ_BY = ("COPILOT_QUEUE_URI", "COPILOT_TOPIC_QUEUE_URIS", "QUEUE_URI")
_URL = re.compile(r"https?://[^\s\"',]+")
#: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
_SERVICES_A_CALL = 10


@dataclass(frozen=True)
class EcsService:
    """A service that runs tasks, or would."""

    cluster: str
    name: str
    desired_count: int
    running_count: int
    task_role_arn: str | None
    variables: Mapping[str, str]
    """Of all its containers."""

    @property
    def cluster_name(self) -> str:
        """Without what an ARN says before it."""
        return self.cluster.rpartition("/")[2]

    @property
    def read_urls(self) -> list[str]:
        """URLs of the queues that it was told to read."""
        return [url for name in _READ_BY for url in _URL.findall(self.variables.get(name, ""))]

    def is_same_as(self, other: EcsService) -> bool:
        """Another cluster may have a service of this name."""
        return (self.cluster_name, self.name) == (other.cluster_name, other.name)

    def naming(self, url: str) -> list[str]:
        """The variables that have this queue's URL in them, and not one that goes on after it."""
        pattern = re.compile(re.escape(url) + r"(?![\w-]|\.fifo)")
        return sorted(name for name, value in self.variables.items() if pattern.search(value))


def new_service(account: Account, new: Service) -> EcsService | None:
    """The one that takes over; None where a queue alone is named."""
    if not new.cluster_arn or not new.ecs_service_name:
        return None
    return _only(account, new.cluster_arn, new.ecs_service_name)


def old_services(
    account: Account, old_urls: Sequence[str], named: Sequence[tuple[str, str]], taking: EcsService | None
) -> list[EcsService]:
    """Those that are named, and those of the new one's cluster that have an old queue's URL in a variable."""
    found = [_only(account, cluster, service) for cluster, service in named]
    if taking:
        there = _described(account, taking.cluster, _service_arns(account, taking.cluster))
        found += [one for one in there if any(one.naming(url) for url in old_urls)]
    return list({(one.cluster_name, one.name): one for one in found}.values())


def consumers_of(
    services: Sequence[EcsService], old_urls: Sequence[str], named: Sequence[tuple[str, str]]
) -> list[EcsService]:
    """The old services that read an old queue: those that a person named, and those that were told so."""
    return [
        one
        for one in services
        if (one.cluster_name, one.name) in named or any(url in old_urls for url in one.read_urls)
    ]


def _service_arns(account: Account, cluster: str) -> list[str]:
    return [arn for page in account.pages("ecs", "list_services", cluster=cluster) for arn in page["serviceArns"]]


def _only(account: Account, cluster: str, service: str) -> EcsService:
    found = _described(account, cluster, [service])
    if not found:
        raise OpsError(f"the cluster {cluster} has no service {service}")
    return found[0]


def _described(account: Account, cluster: str, services: Sequence[str]) -> list[EcsService]:
    found: list[EcsService] = []
    for start in range(0, len(services), _SERVICES_A_CALL):
        asked = list(services[start : start + _SERVICES_A_CALL])
        answer = account.call("ecs", "describe_services", cluster=cluster, services=asked)
        # One that was deleted is still described for a while.
        found += [_service(account, cluster, one) for one in answer["services"] if one["status"] != "INACTIVE"]
    return found


def _service(account: Account, cluster: str, described: Mapping[str, Any]) -> EcsService:
    revision = account.call("ecs", "describe_task_definition", taskDefinition=described["taskDefinition"])
    definition = revision["taskDefinition"]
    variables = {
        one["name"]: one["value"]
        for container in definition["containerDefinitions"]
        for one in container.get("environment", [])
    }
    counts = (described["desiredCount"], described["runningCount"])
    return EcsService(cluster, described["serviceName"], *counts, definition.get("taskRoleArn"), variables)
