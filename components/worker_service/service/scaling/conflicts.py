"""What is wrong between the arguments of a WorkerService that say how it scales."""

from collections.abc import Iterable, Mapping
from typing import Any

from worker_service.service.choices import ScalingPreset
from worker_service.service.queues import all_queues, is_fifo

#: Inputs that AWS Proton's own scaling has nothing for.
NOT_WITH_PROTON = (
    "fast_scaling",
    "ignore_delayed_retries",
    "limit_to_groups",
    "predictive_scaling",
    "scale_in_after_seconds",
)


def _count_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    min_count, desired_count, max_count = args["min_count"], args["desired_count"], args["max_count"]
    if min_count > max_count:
        yield f"min_count: {min_count} is above max_count {max_count}"
    elif desired_count == 0 < min_count:
        yield f"desired_count: 0 needs min_count 0, not {min_count}"
    elif desired_count > max_count:
        yield f"desired_count: {desired_count} is above max_count {max_count}"


def _held_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if args["ignore_delayed_retries"] and args["fast_scaling"]:
        yield ("ignore_delayed_retries: has no part in what tasks publish with fast_scaling; choose one of the two")


def _group_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if not args["limit_to_groups"]:
        return
    if args["fast_scaling"]:
        yield "limit_to_groups: has no part in what tasks publish with fast_scaling; choose one of the two"
    if not any(is_fifo(queue) for queue in all_queues(args).values()):
        yield "limit_to_groups: is for FIFO queues, and the service has none that is known to be one"


def _schedule_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    for name, schedule in args["schedules"].items():
        if schedule["min_count"] > schedule["max_count"]:
            yield f"schedules.{name}: min_count {schedule['min_count']} is above max_count {schedule['max_count']}"


def _proton_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if args["scaling"] != ScalingPreset.PROTON:
        if "cpu_target_percent" in args:
            yield (
                "cpu_target_percent: belongs to scaling proton; with the others the demand of the messages sets the"
                " count each minute and takes back what a CPU policy adds"
            )
        return
    if args["min_count"] == 0:
        yield "min_count: 0 needs another scaling than proton, which adds no task before 100 messages wait"
    for key in NOT_WITH_PROTON:
        if args.get(key):
            yield f"{key}: scaling proton has no such thing; choose steady, bursty or batch"


#: Arguments that have to go together, and how to find where they do not.
SCALING_CONFLICTS = (
    (("min_count", "desired_count", "max_count"), _count_conflicts),
    (("ignore_delayed_retries", "fast_scaling"), _held_conflicts),
    (("limit_to_groups", "fast_scaling", "queues"), _group_conflicts),
    (("schedules",), _schedule_conflicts),
    (("scaling", "min_count", "cpu_target_percent", *NOT_WITH_PROTON), _proton_conflicts),
)
