"""What is wrong between the arguments of a WorkerService that say how it scales and who is told."""

from collections.abc import Iterable, Mapping
from typing import Any

from components import defaults
from components.limits import ScalingPreset
from components.metrics import MAX_ALARM_METRICS
from components.scaling_math import metrics_of_demand

#: Inputs that AWS Proton's own scaling has nothing for.
NOT_WITH_PROTON = ("fast_scaling", "extra_queue_names", "scale_in_after_seconds")

#: The input that turns the alarm off, where it is 0, by the alarm's name.
ALARM_SWITCHES = {
    "dead_letter": "dead_letter_alarm_messages",
    "age": "age_alarm_minutes",
    "no_consumer": "no_consumer_alarm_minutes",
    "delivery_failure": "delivery_failure_alarm_messages",
    "receive_failure": "receive_failure_alarm_errors",
}


def _latency_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    latency = args.get("acceptable_latency_seconds", defaults.ACCEPTABLE_LATENCY_SECONDS)
    processing = args.get("message_processing_seconds", defaults.MESSAGE_PROCESSING_SECONDS)
    if latency < processing:
        yield (
            f"acceptable_latency_seconds: {latency} is below message_processing_seconds {processing};"
            " no number of tasks makes one message faster"
        )


def _metric_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    extra = len(args.get("extra_queue_names", ()))
    metrics = metrics_of_demand(1 + extra, args.get("fast_scaling", defaults.FAST_SCALING))
    if metrics > MAX_ALARM_METRICS:
        yield (
            f"extra_queue_names: {extra} need {metrics} metrics in one alarm (two for each queue, the service's own"
            f" included, and one for fast_scaling); CloudWatch allows {MAX_ALARM_METRICS}"
        )


def _schedule_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    for name, schedule in args.get("schedules", {}).items():
        if schedule["min_count"] > schedule["max_count"]:
            yield (f"schedules.{name}: min_count {schedule['min_count']} is above max_count {schedule['max_count']}")


def _proton_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    if args.get("scaling") != ScalingPreset.PROTON:
        return
    if args.get("min_count") == 0:
        yield "min_count: 0 needs another scaling than proton, which adds no task before 100 messages wait"
    for key in NOT_WITH_PROTON:
        if args.get(key):
            yield f"{key}: scaling proton has no such thing; choose steady, bursty or batch"


def _rollback_conflicts(args: Mapping[str, Any]) -> list[str]:
    return [
        f"rollback_alarms: {alarm} is turned off by {ALARM_SWITCHES[alarm]} 0"
        for alarm in args.get("rollback_alarms", ())
        if args.get(ALARM_SWITCHES[alarm]) == 0
    ]


#: Arguments that have to go together, and how to find where they do not.
SCALING_CONFLICTS = (
    (("acceptable_latency_seconds", "message_processing_seconds"), _latency_conflicts),
    (("extra_queue_names", "fast_scaling"), _metric_conflicts),
    (("schedules",), _schedule_conflicts),
    (("scaling", "min_count", *NOT_WITH_PROTON), _proton_conflicts),
    (("rollback_alarms", *ALARM_SWITCHES.values()), _rollback_conflicts),
)
