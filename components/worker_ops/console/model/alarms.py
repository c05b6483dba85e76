"""The service's alarms, those that ring first."""

from __future__ import annotations

from typing import Any

from worker_ops.account import Account
from worker_ops.places.place import Service
from worker_ops.service.alarms import alarms_of

_ORDER = {"ALARM": 0, "INSUFFICIENT_DATA": 1, "OK": 2}


def alarms_document(account: Account, service: Service) -> list[dict[str, Any]]:
    """Each alarm with its state, since when, and why."""
    alarms = [
        {
            "name": alarm["AlarmName"],
            "state": alarm["StateValue"],
            "since": _iso(alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")),
            "why": alarm.get("StateReason", ""),
            "description": alarm.get("AlarmDescription", ""),
            "is_silent": not alarm.get("ActionsEnabled", True),
        }
        for alarm in alarms_of(account, service)
    ]
    return sorted(alarms, key=lambda alarm: (_ORDER.get(alarm["state"], 1), alarm["name"]))


def _iso(at: Any) -> str:
    return at.isoformat(timespec="seconds") if at else ""
