"""Scales one service of the box as Application Auto Scaling would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from local.aws import Aws
from local.ecs_service import describe_service
from local.scaling.read_scaling import ScalingDefinition, read_scaling
from local.service import Service
from worker_simulate.cloud.scalable_target import ScalableTarget
from worker_simulate.cloud.schedule import due
from worker_simulate.definition.service_definition import ScheduledAction
from worker_simulate.errors import SimulateError

#: Is told of which scalable target has how many tasks now, and why.
OnScaled = Callable[[str, int, str], None]


class ServiceScaling:
    """The scalable target of a service: its bounds and policies are read anew, its cooldowns remembered."""

    def __init__(
        self, aws: Aws, service: Service, begins: float, say: Callable[[str], None], on_scaled: OnScaled
    ) -> None:
        self._aws = aws
        self._service = service
        self._begins = _minute(begins)
        self._say = say
        self._on_scaled = on_scaled
        self._resource_id = f"service/{service.cluster_arn.rpartition('/')[2]}/{service.ecs_service_name}"
        self._told: set[str] = set()
        self._target: ScalableTarget | None = None
        self._definition: ScalingDefinition | None = None

    def read(self, now: float) -> None:
        """Read how it scales now; new bounds hold at once, but of a service whose scaling is suspended."""
        described = describe_service(self._aws, self._service)
        self._definition = read_scaling(self._aws, self._resource_id) if described else None
        if self._definition is None or described is None:
            self._target = None
            return
        bounds = (self._definition.min_count, self._definition.max_count)
        desired = described["desiredCount"]
        if self._target is None:
            self._target = ScalableTarget(*bounds, desired)
        self._target.desired = desired
        if (self._target.min_count, self._target.max_count) != bounds:
            self._bound(*bounds, now, "its bounds")

    def act(self, policy_arn: str, breach: float, now: float, cause: str) -> None:
        """Carry out a policy, if it is one of this service; `breach` is how far the alarm is from its threshold."""
        if self._definition is None or self._target is None or policy_arn not in self._definition.policies:
            return
        described = describe_service(self._aws, self._service)
        if described is None:
            return
        before = self._target.desired = described["desiredCount"]
        self._target.step(self._definition.policies[policy_arn], breach, described["runningCount"], now)
        suspended = self._definition.is_out_suspended, self._definition.is_in_suspended
        if suspended[0 if self._target.desired > before else 1]:
            self._target.desired = before
        self._set(before, cause)

    def keep_schedule(self, now: float) -> None:
        """Carry out the scheduled actions of the minute that begins now."""
        if self._definition is None or self._definition.is_schedule_suspended:
            return
        for action in self._definition.scheduled_actions:
            if self._is_due(action, now):
                self._change_bounds(action)
                self.read(now)

    def _is_due(self, action: ScheduledAction, now: float) -> bool:
        try:
            return due(action.schedule, action.timezone, self._begins)(_minute(now))
        except SimulateError as error:
            if action.name not in self._told:
                self._told.add(action.name)
                self._say(f"{self._service.name}: the schedule {action.name} does nothing in the box: {error}")
            return False

    def _change_bounds(self, action: ScheduledAction) -> None:
        bounds = {"MinCapacity": action.min_count, "MaxCapacity": action.max_count}
        self._say(f"{self._service.name}: the schedule {action.name} sets its bounds")
        self._aws.client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=self._resource_id,
            ScalableDimension="ecs:service:DesiredCount",
            **{name: bound for name, bound in bounds.items() if bound is not None},
        )

    def _bound(self, min_count: int, max_count: int, now: float, cause: str) -> None:
        assert self._definition is not None  # noqa: S101 - read() has just read them
        assert self._target is not None  # noqa: S101
        before = self._target.desired
        self._target.bound(min_count, max_count, now, cause)
        if self._definition.is_out_suspended:
            self._target.desired = before
        self._set(before, cause)

    def _set(self, before: int, cause: str) -> None:
        assert self._target is not None  # noqa: S101 - there is no change without one
        wanted = self._target.desired
        if wanted == before:
            return
        self._say(f"{self._service.name}: scales from {before} to {wanted} task(s): {cause}")
        self._aws.client("ecs").update_service(
            cluster=self._service.cluster_arn, service=self._service.ecs_service_name, desiredCount=wanted
        )
        self._on_scaled(self._resource_id, wanted, cause)


def _minute(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds // 60 * 60, UTC)
