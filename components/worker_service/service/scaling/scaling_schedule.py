"""ScalingSchedule: bounds of the task count that hold from a time on."""

from typing import Annotated, NotRequired, TypedDict

from worker_service.inputs.rows import fields_of, rows_of
from worker_service.inputs.rules import MapOf, Text, Whole
from worker_service.inputs.schedule_expression import ScheduleExpression

#: Tasks that one service may run.
#: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
MAX_TASKS = 5_000

#: Scheduled actions of one scalable target.
#: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-limits.html
MAX_SCHEDULES = 200


class ScalingSchedule(TypedDict):
    """Bounds that scaling keeps from a time on, until another schedule sets others."""

    schedule: Annotated[str, ScheduleExpression()]
    """When: cron(minutes hours day-of-month month day-of-week year), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)."""
    timezone: NotRequired[
        Annotated[str, Text(1, 64, r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)*", "a time zone such as Europe/Berlin")]
    ]
    """Time zone of cron and at, such as Europe/Berlin. Default: UTC."""
    min_count: Annotated[int, Whole(0, MAX_TASKS)]
    """Fewest tasks from then on, 0 to 5,000."""
    max_count: Annotated[int, Whole(0, MAX_TASKS)]
    """Most tasks from then on, 0 to 5,000."""


SCHEDULES = MapOf(
    Text(1, 40, r"[a-z][a-z0-9-]*", "1 to 40 lower-case letters, digits and hyphens"),
    fields_of(rows_of(ScalingSchedule)),
    maximum_entries=MAX_SCHEDULES,
)
