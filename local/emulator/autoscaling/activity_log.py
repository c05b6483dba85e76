"""What scaling has done, kept for DescribeScalingActivities."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

KEPT = 1_000


@dataclass(frozen=True)
class ScalingActivity:
    """One change of a service's desired count."""

    resource_id: str
    """As Application Auto Scaling names it: service/CLUSTER/SERVICE."""
    desired: int
    cause: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


class ActivityLog:
    """The latest activities. Process-wide, like moto's state."""

    def __init__(self) -> None:
        self._latest: deque[ScalingActivity] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def add(self, activity: ScalingActivity) -> None:
        """Keep one, and forget the oldest beyond the limit."""
        with self._lock:
            self._latest.append(activity)

    def latest(self, resource_id: str | None) -> list[ScalingActivity]:
        """Those of a service, or all, the newest first."""
        with self._lock:
            return [one for one in reversed(self._latest) if resource_id in (None, one.resource_id)]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._latest.clear()


ACTIVITIES = ActivityLog()
