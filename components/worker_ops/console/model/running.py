"""The running service: its tasks as ECS counts them, its deployment, its bounds, and what scaling decided."""

from __future__ import annotations

from typing import Any

from worker_ops.places.place import Place, Service
from worker_ops.service.ecs_service import ecs_service

_EVENTS_MOST = 10
_DECISIONS_MOST = 20


def running_document(place: Place, service: Service) -> dict[str, Any] | None:
    """Counts of tasks, deployment and the latest events; None where the place knows no ECS service."""
    if not service.ecs_service_name:
        return None
    described = ecs_service(place, service).describe()
    primary = next((one for one in described.get("deployments", []) if one["status"] == "PRIMARY"), {})
    return {
        "desired": described["desiredCount"],
        "running": described["runningCount"],
        "pending": described["pendingCount"],
        "task_definition": described["taskDefinition"].rpartition("/")[2],
        "deployment": primary.get("rolloutState") or "",
        "because": primary.get("rolloutStateReason") or "",
        "events": [
            {"at": event["createdAt"].isoformat(timespec="seconds"), "text": event["message"]}
            for event in described.get("events", [])[:_EVENTS_MOST]
        ],
    }


def scaling_document(place: Place, service: Service) -> dict[str, Any] | None:
    """Bounds, and whether scaling is suspended; None where it does not scale."""
    if not service.ecs_service_name:
        return None
    target = ecs_service(place, service).scalable_target()
    if target is None:
        return None
    return {
        "min": target["MinCapacity"],
        "max": target["MaxCapacity"],
        "is_suspended": any((target.get("SuspendedState") or {}).values()),
    }


def decisions_document(place: Place, service: Service) -> list[dict[str, str]]:
    """What Application Auto Scaling did of late, the newest first."""
    if not service.ecs_service_name:
        return []
    running = ecs_service(place, service)
    activities = running.account.call(
        "application-autoscaling",
        "describe_scaling_activities",
        MaxResults=_DECISIONS_MOST,
        **running.scaling_id,
    )["ScalingActivities"]
    return [
        {
            "at": activity["StartTime"].isoformat(timespec="seconds"),
            "what": activity.get("Description", ""),
            "why": activity.get("Cause", ""),
            "status": activity.get("StatusMessage") or activity["StatusCode"],
        }
        for activity in activities
    ]
