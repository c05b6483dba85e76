"""What ECS says of a worker service, which somebody may have deleted."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.service import Service


def describe_service(aws: Aws, service: Service) -> dict[str, Any] | None:
    """The ECS service; None where it, or its cluster, is gone."""
    ecs = aws.client("ecs")
    try:
        described = ecs.describe_services(cluster=service.cluster_arn, services=[service.ecs_service_name])["services"]
    except ecs.exceptions.ClusterNotFoundException:
        return None
    return described[0] if described and described[0]["status"] == "ACTIVE" else None
