"""HealthCheck: the command that says whether a container is well.

ECS looks at the task definition alone: it ignores what an image's own HEALTHCHECK says.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NotRequired, TypedDict

from worker_service.inputs.rows import Default, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import Flag, ListOf, Text, Whole


class HealthCheck(TypedDict):
    """When a container counts as well. Each key may be left out."""

    enabled: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Check at all; without it only a container that ends is replaced. Default true."""
    # The defaults are those of the worker's Dockerfile.
    command: NotRequired[
        Annotated[
            Sequence[str],
            ListOf(Text(1, 1_000), minimum_items=1, maximum_items=50, is_distinct=False),
            Default(("python", "-m", "worker_runtime.health")),
        ]
    ]
    """Program and arguments, run in the container without a shell; 0 is well. Default python -m worker_runtime.health,
    the worker's own."""
    interval_seconds: NotRequired[Annotated[int, Whole(5, 300), Default(15)]]
    """Seconds between two checks, 5 to 300. Default 15."""
    timeout_seconds: NotRequired[Annotated[int, Whole(2, 60), Default(5)]]
    """Seconds that a check may take, 2 to 60. Default 5."""
    retries: NotRequired[Annotated[int, Whole(1, 10), Default(2)]]
    """Failures in a row after which a task is replaced, 1 to 10. Default 2."""
    start_period_seconds: NotRequired[Annotated[int, Whole(0, 300), Default(30)]]
    """Seconds after the start in which failures do not count, 0 to 300. Default 30."""


_ROWS = rows_of(HealthCheck)
HEALTH_CHECK = fields_of(_ROWS)


def container_health_check(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """The check as ECS's container definition takes it; None where there is none."""
    check = {**defaults_of(_ROWS), **given}
    if not check["enabled"]:
        return None
    return {
        "command": ["CMD", *check["command"]],
        "interval": check["interval_seconds"],
        "timeout": check["timeout_seconds"],
        "retries": check["retries"],
        "startPeriod": check["start_period_seconds"],
    }
