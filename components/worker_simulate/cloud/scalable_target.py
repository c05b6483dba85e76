"""ScalableTarget: the bounds of a service's count, and what policies and schedules make of it.

https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from worker_simulate.cloud.step_scaling import stepped
from worker_simulate.cloud.target_tracking import tracked
from worker_simulate.definition.service_definition import StepPolicy, TargetTrackingPolicy


@dataclass(frozen=True)
class Activity:
    """A change of the desired count."""

    at: float
    before: int
    after: int
    cause: str


@dataclass
class _Cooldown:
    """What one policy has done last."""

    out_until: float = -math.inf
    out_from: int = 0
    """Capacity before the scale-out that the cooldown follows."""
    in_until: float = -math.inf


class ScalableTarget:
    """A desired count within bounds."""

    def __init__(self, min_count: int, max_count: int, desired_count: int) -> None:
        self.min_count = min_count
        self.max_count = max_count
        self.desired = min(max(desired_count, min_count), max_count)
        self.activities: list[Activity] = []
        self._cooldowns: dict[str, _Cooldown] = {}

    def step(self, policy: StepPolicy, breach: float, running: int, now: float) -> None:
        """Carry out a step policy; `breach` is the distance of the alarm's value from its threshold.

        Adjustments start from the tasks that run. During the cooldown of a scale-out they start from what ran before
        it, so that only a larger step adds something.
        """
        cooldown = self._cooldowns.setdefault(policy.name, _Cooldown())
        base = cooldown.out_from if now < cooldown.out_until else running
        wanted = stepped(policy, base, breach)
        if wanted is None:
            return
        may_scale_in = policy.adjustment_type == "ExactCapacity" or wanted < base
        self._move(
            wanted, may_scale_in, base, cooldown, (policy.cooldown_seconds, policy.cooldown_seconds), policy.name, now
        )

    def track(self, policy: TargetTrackingPolicy, value: float, running: int, now: float) -> None:
        """Carry out a target tracking policy on the value of its metric."""
        cooldown = self._cooldowns.setdefault(policy.name, _Cooldown())
        base = cooldown.out_from if now < cooldown.out_until else running
        wanted = tracked(policy, base, value)
        seconds = (policy.scale_out_cooldown_seconds, policy.scale_in_cooldown_seconds)
        self._move(wanted, value < policy.target and policy.scales_in, base, cooldown, seconds, policy.name, now)

    def bound(self, min_count: int | None, max_count: int | None, now: float, cause: str) -> None:
        """Set bounds, as a scheduled action does: cooldowns do not matter."""
        self.min_count = self.min_count if min_count is None else min_count
        self.max_count = self.max_count if max_count is None else max_count
        self.set(self.desired, now, cause)

    def set(self, wanted: int, now: float, cause: str) -> None:
        """Set the desired count, within the bounds."""
        within = max(self.min_count, min(self.max_count, wanted))
        if within != self.desired:
            self.activities.append(Activity(now, self.desired, within, cause))
            self.desired = within

    def _move(
        self,
        wanted: int,
        may_scale_in: bool,
        base: int,
        cooldown: _Cooldown,
        seconds: tuple[int, int],
        cause: str,
        now: float,
    ) -> None:
        within = max(self.min_count, min(self.max_count, wanted))
        if within > self.desired:
            if now >= cooldown.out_until:
                cooldown.out_from = base
            cooldown.out_until = now + seconds[0]
            for other in self._cooldowns.values():
                other.in_until = -math.inf
            self.set(within, now, cause)
        elif within < self.desired and may_scale_in and now >= cooldown.in_until:
            cooldown.in_until = now + seconds[1]
            self.set(within, now, cause)
