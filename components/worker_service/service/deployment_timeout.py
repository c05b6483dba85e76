"""How long `pulumi up` waits for a deployment of the service, from what the arguments of a WorkerService say."""

import math
from collections.abc import Mapping
from typing import Any

from worker_service.service.alarms.alarm_thresholds import rollback_window_minutes

#: The provider's own default: what tasks need to be placed, to pull their image and to start, a few times over.
START_MINUTES = 20

#: ECS bakes a deployment for a time that it computes from the windows of its alarms and that nobody can set.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html
BAKED_WINDOWS = 2

#: Protection that a killed task left behind ends by itself after this long: worker_runtime.ecs.scale_in_protection.
PROTECTION_MINUTES = 60


def deployment_timeout_minutes(args: Mapping[str, Any], *, scale_in_protection: bool) -> int:
    """Minutes until `pulumi up` gives up; ECS itself goes on."""
    minutes = START_MINUTES + BAKED_WINDOWS * rollback_window_minutes(args)
    if scale_in_protection:
        # A protected task outlives a deployment: it ends what it does, and for twice as long as somebody guessed.
        minutes += PROTECTION_MINUTES + math.ceil(2 * args["message_processing_seconds"] / 60)
    return minutes
