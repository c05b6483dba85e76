"""Application Auto Scaling's call that moto lacks: what scaling has done.

https://docs.aws.amazon.com/autoscaling/application/APIReference/API_DescribeScalingActivities.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from local.emulator.autoscaling.activity_log import ACTIVITIES, ScalingActivity

#: Listed in one answer, where fewer are not asked for.
_LISTED_MOST = 50


class BoxAutoScalingResponse(ApplicationAutoScalingResponse):
    """moto's Application Auto Scaling, which says what it has done."""

    def describe_scaling_activities(self) -> str:
        """The latest activities, the newest first."""
        most = self._get_int_param("MaxResults") or _LISTED_MOST
        latest = ACTIVITIES.latest(self._get_param("ResourceId"))[:most]
        return json.dumps({"ScalingActivities": [_listed(activity) for activity in latest]})


def _listed(activity: ScalingActivity) -> dict[str, Any]:
    at = activity.at.timestamp()
    return {
        "ActivityId": activity.id,
        "ServiceNamespace": "ecs",
        "ResourceId": activity.resource_id,
        "ScalableDimension": "ecs:service:DesiredCount",
        "Description": f"Setting desired count to {activity.desired}.",
        "Cause": activity.cause,
        "StartTime": at,
        "EndTime": at,
        "StatusCode": "Successful",
        "StatusMessage": f"Successfully set desired count to {activity.desired}. Change successfully fulfilled by ecs.",
    }
