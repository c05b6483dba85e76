"""The service's alarms, those that ring first; those that scale it ring for nobody."""

from __future__ import annotations

from typing import Any

from worker_ops.account import Account
from worker_ops.places.place import Service
from worker_ops.service.alarms import alarms_of

_ORDER = {"ALARM": 0, "INSUFFICIENT_DATA": 1, "OK": 2}
_SCALES = ":scalingPolicy:"


def alarms_document(account: Account, service: Service) -> list[dict[str, Any]]:
    """Each alarm with its state, since when, and why."""
    alarms = [
        {
            "name": alarm["AlarmName"],
            "state": alarm["StateValue"],
            "since": _iso(alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")),
            "why": alarm.get("StateReason", ""),
            "description": alarm.get("AlarmDescription", ""),
            "scales": any(_SCALES in action for action in alarm.get("AlarmActions", [])),
            "is_silent": not alarm.get("ActionsEnabled", True),
        }
        for alarm in alarms_of(account, service)
    ]
    return sorted(alarms, key=lambda alarm: (alarm["scales"], _ORDER.get(alarm["state"], 1), alarm["name"]))


def _iso(at: Any) -> str:
    return at.isoformat(timespec="seconds") if at else ""
