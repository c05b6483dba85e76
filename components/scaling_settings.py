"""What the arguments of a WorkerService mean for scaling and alarms, with the defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

from components import defaults
from components.limits import RollbackAlarm, ScalingPreset
from components.scaling_checks import ALARM_SWITCHES
from components.scaling_math import PRESETS, Demand, demand


class ScalingSchedule(TypedDict):
    """Bounds that scaling keeps from a time on, until another schedule sets others."""

    schedule: str
    """When: cron(minutes hours day-of-month month day-of-week year), rate(value unit) or at(yyyy-mm-ddThh:mm:ss)."""
    timezone: NotRequired[str]
    """Time zone of cron and at, such as Europe/Berlin. Default UTC."""
    min_count: int
    """Fewest tasks from then on, 0 to 5,000."""
    max_count: int
    """Most tasks from then on, 0 to 5,000."""


@dataclass(frozen=True)
class ScalingSettings:
    """How a service scales."""

    min_count: int
    max_count: int
    acceptable_latency_seconds: int
    concurrency: int
    scale_in_protection: bool
    demand: Demand | None
    """What messages ask for; None where scaling does not follow it, as AWS Proton's does not."""
    scale_in_after_seconds: int
    """Window in which the highest backlog counts."""
    is_fast: bool
    """Tasks publish their demand every 10 seconds."""
    cpu_target_percent: int | None
    schedules: Mapping[str, ScalingSchedule]

    @property
    def published_demand(self) -> Demand | None:
        """What tasks publish themselves, if they do."""
        return self.demand if self.is_fast else None


def scaling_settings(args: Mapping[str, Any]) -> ScalingSettings:
    """The scaling that checked arguments ask for."""
    preset = ScalingPreset(args.get("scaling", defaults.SCALING))
    latency_seconds = args.get("acceptable_latency_seconds", defaults.ACCEPTABLE_LATENCY_SECONDS)
    processing_seconds = args.get("message_processing_seconds", defaults.MESSAGE_PROCESSING_SECONDS)
    concurrency = args.get("concurrency", defaults.CONCURRENCY)
    is_proton = preset == ScalingPreset.PROTON
    shape = PRESETS[defaults.SCALING if is_proton else preset]
    return ScalingSettings(
        min_count=args.get("min_count", defaults.MIN_COUNT),
        max_count=args.get("max_count", defaults.MAX_COUNT),
        acceptable_latency_seconds=latency_seconds,
        concurrency=concurrency,
        scale_in_protection=args.get("scale_in_protection", defaults.SCALE_IN_PROTECTION),
        demand=None if is_proton else demand(processing_seconds, latency_seconds, concurrency, shape.busy_share),
        scale_in_after_seconds=args.get("scale_in_after_seconds", shape.scale_in_after_seconds),
        is_fast=args.get("fast_scaling", defaults.FAST_SCALING),
        cpu_target_percent=args.get("cpu_target_percent", defaults.PROTON_CPU_TARGET_PERCENT if is_proton else None),
        schedules=args.get("schedules", {}),
    )


def alarm_thresholds(args: Mapping[str, Any]) -> dict[str, int]:
    """The threshold of each alarm of topic, queue and log by its name; 0 turns it off."""
    return {alarm: args.get(key, getattr(defaults, key.upper())) for alarm, key in ALARM_SWITCHES.items()}


def rollback_alarms(args: Mapping[str, Any]) -> list[str]:
    """Names of the alarms that deployments roll back on; a default one that is turned off is none."""
    thresholds = alarm_thresholds(args)
    chosen = args.get("rollback_alarms", defaults.ROLLBACK_ALARMS)
    return [RollbackAlarm(alarm).value for alarm in chosen if thresholds[alarm] > 0]
