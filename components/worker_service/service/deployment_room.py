"""How many tasks a deployment of the service stops before it starts others, and starts before it stops any.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from worker_service.service.choices import ScalingPreset

#: No task stops before another has started; AWS Proton's template stopped half of them.
_MINIMUM_HEALTHY_PERCENT = 100
_PROTON_MINIMUM_HEALTHY_PERCENT = 50


def minimum_healthy_percent(args: Mapping[str, Any]) -> int:
    """What the arguments say, or what goes with their scaling."""
    is_proton = args["scaling"] == ScalingPreset.PROTON
    default = _PROTON_MINIMUM_HEALTHY_PERCENT if is_proton else _MINIMUM_HEALTHY_PERCENT
    return args.get("minimum_healthy_percent", default)


def room_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Percentages between which the fewest tasks leave a deployment neither a task to stop nor one to start."""
    tasks = max(1, args["min_count"])
    fewest, most = minimum_healthy_percent(args), args["maximum_percent"]
    may_stop = math.ceil(tasks * fewest / 100) < tasks
    may_start = math.floor(tasks * most / 100) > tasks
    if not may_stop and not may_start:
        yield (
            f"maximum_percent: {most} with minimum_healthy_percent {fewest} leaves a deployment of {tasks} task(s) no"
            " room; raise the one or lower the other"
        )
