"""Application Auto Scaling's call that moto lacks: what scaling has done."""

from __future__ import annotations

import json

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse


class BoxAutoScalingResponse(ApplicationAutoScalingResponse):
    """moto's Application Auto Scaling, which says what it has done."""

    def describe_scaling_activities(self) -> str:
        """Nothing yet: the box's policies are kept, and do not act."""
        return json.dumps({"ScalingActivities": []})
