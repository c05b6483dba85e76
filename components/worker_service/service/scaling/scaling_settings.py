"""ScalingSettings: what the arguments of a WorkerService mean for how many tasks run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker_service.service.choices import PredictiveScaling, ScalingPreset
from worker_service.service.queues import all_queues, is_fifo
from worker_service.service.scaling.demand import Demand, PublishedDemand, share
from worker_service.service.scaling.predictive_scaling import Prediction
from worker_service.service.scaling.presets import PRESETS, Preset
from worker_service.service.scaling.scaling_schedule import ScalingSchedule

#: AWS Proton's own; other presets have no CPU policy unless one is asked for.
PROTON_CPU_TARGET_PERCENT = 50

#: A task that is stopped has its stop timeout to finish, less what handing back takes: longer work is protected.
HAND_BACK_SECONDS = 20


@dataclass(frozen=True)
class ScalingSettings:
    """How a service scales."""

    min_count: int
    max_count: int
    demand: Demand | None
    """What messages ask for; None where scaling does not follow it, as AWS Proton's does not."""
    scale_in_after_seconds: int
    """Window in which the highest backlog counts."""
    is_fast: bool
    """Tasks publish their demand every 10 seconds."""
    cpu_target_percent: int | None
    schedules: Mapping[str, ScalingSchedule]
    prediction: Prediction | None
    """What AWS forecasts; None where nothing is asked for."""
    counts_only_held: bool
    """What is in flight counts only as far as tasks say that they hold it."""
    limited_to_groups: frozenset[str]
    """Queues whose demand is bounded by their message groups in flight."""
    scale_in_protection: bool
    """Tasks ask not to be stopped while they work."""

    @property
    def most_tasks(self) -> int:
        """The most that any bound allows: a schedule may raise it above max_count."""
        return max([self.max_count, *(schedule["max_count"] for schedule in self.schedules.values())])

    @property
    def published_demand(self) -> PublishedDemand | None:
        """What tasks publish themselves, if they do."""
        if not self.is_fast or self.demand is None:
            return None
        return PublishedDemand(self.demand, self.scale_in_after_seconds)


def scaling_settings(args: Mapping[str, Any]) -> ScalingSettings:
    """The scaling that checked arguments ask for."""
    preset = ScalingPreset(args["scaling"])
    is_proton = preset == ScalingPreset.PROTON
    shape = PRESETS[ScalingPreset.STEADY if is_proton else preset]
    at_a_time = args["concurrency"] * args["processes"] * args.get("batch_size", 1)
    queues = all_queues(args)
    shares = {
        key: share(
            queue["message_processing_seconds"], queue["acceptable_latency_seconds"], at_a_time, shape.busy_share
        )
        for key, queue in queues.items()
    }
    return ScalingSettings(
        min_count=args["min_count"],
        max_count=args["max_count"],
        demand=None if is_proton else Demand(shares),
        scale_in_after_seconds=args.get("scale_in_after_seconds", shape.scale_in_after_seconds),
        is_fast=args["fast_scaling"],
        cpu_target_percent=args.get("cpu_target_percent", PROTON_CPU_TARGET_PERCENT if is_proton else None),
        schedules=args["schedules"],
        prediction=_prediction(args, queues, shape),
        counts_only_held=args["ignore_delayed_retries"],
        limited_to_groups=frozenset(key for key, queue in queues.items() if args["limit_to_groups"] and is_fifo(queue)),
        scale_in_protection=args["scale_in_protection"]
        or max(queue["message_processing_seconds"] for queue in queues.values())
        > args["stop_timeout_seconds"] - HAND_BACK_SECONDS,
    )


def _prediction(args: Mapping[str, Any], queues: Mapping[str, Mapping[str, Any]], shape: Preset) -> Prediction | None:
    if "predictive_scaling" not in args:
        return None
    return Prediction(
        PredictiveScaling(args["predictive_scaling"]),
        {key: queue["message_processing_seconds"] for key, queue in queues.items()},
        shape.busy_share * args["concurrency"] * args.get("batch_size", 1),
    )
