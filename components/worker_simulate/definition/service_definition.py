"""ServiceDefinition: a worker service and how it scales, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Dimensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MetricKey:
    """Which metric."""

    namespace: str
    name: str
    dimensions: Dimensions = ()


#: What a function of Copilot's publishes each minute.
BACKLOG_PER_TASK = MetricKey("Copilot", "BacklogPerTask")


@dataclass(frozen=True)
class MetricQuery:
    """A metric, with the statistic taken of it in each period."""

    key: MetricKey
    statistic: str
    period_seconds: int


@dataclass(frozen=True)
class AlarmDefinition:
    """A CloudWatch alarm that starts the policy of the name `policy`."""

    name: str
    policy: str
    queries: Mapping[str, MetricQuery]
    expression: str | None
    """Metric math over the queries' ids; None where the only query is the value."""
    threshold: float
    comparison: str
    """As PutMetricAlarm takes it, such as GreaterThanOrEqualToThreshold."""
    evaluation_periods: int
    datapoints_to_alarm: int
    missing_data: str = "missing"

    @property
    def period_seconds(self) -> int:
        """Of all its metrics: CloudWatch wants one."""
        return next(iter(self.queries.values())).period_seconds


@dataclass(frozen=True)
class StepAdjustment:
    """Bounds are relative to the alarm's threshold; None is infinity."""

    lower: float | None
    upper: float | None
    adjustment: int


@dataclass(frozen=True)
class StepPolicy:
    """A step scaling policy."""

    name: str
    adjustment_type: str
    steps: tuple[StepAdjustment, ...]
    cooldown_seconds: int = 300
    """ECS's own default."""
    least_change: int = 0
    """MinAdjustmentMagnitude."""


@dataclass(frozen=True)
class TargetTrackingPolicy:
    """A target tracking policy on one metric."""

    name: str
    query: MetricQuery
    target: float
    scales_in: bool = True
    scale_in_cooldown_seconds: int = 300
    scale_out_cooldown_seconds: int = 300


@dataclass(frozen=True)
class ScheduledAction:
    """Bounds that hold from a time on."""

    name: str
    schedule: str
    timezone: str
    min_count: int | None
    max_count: int | None


@dataclass(frozen=True)
class PolledPolicy:
    """A controller that reads the queue itself, as KEDA and Kubernetes' HPA do."""

    messages_per_task: float
    poll_seconds: int
    scale_in_after_seconds: int


@dataclass(frozen=True)
class TaskDefinition:
    """One task: what it costs, and what it does at a time."""

    vcpu: float
    memory_gb: float
    arm: bool = False
    concurrency: int = 10
    processes: int = 1
    batch_size: int = 1
    """Messages that a batch handler takes at once."""
    scale_in_protection: bool = False
    stop_timeout_seconds: int = 120
    demand_per_visible: float | None = None
    """With `demand_per_in_flight`: what tasks publish as Demand; None where they publish nothing."""
    demand_per_in_flight: float | None = None
    demand_window_seconds: int = 10
    """The highest demand of so long is published."""

    @property
    def slots(self) -> int:
        """Messages that it handles at a time."""
        return self.concurrency * self.processes * self.batch_size


@dataclass(frozen=True)
class ServiceDefinition:
    """A worker service and how it scales."""

    name: str
    queue_name: str
    task: TaskDefinition
    min_count: int
    max_count: int
    desired_count: int
    alarms: tuple[AlarmDefinition, ...] = ()
    step_policies: tuple[StepPolicy, ...] = ()
    target_tracking: tuple[TargetTrackingPolicy, ...] = ()
    scheduled_actions: tuple[ScheduledAction, ...] = ()
    polled: PolledPolicy | None = None
    monthly_usd: float = 0.0
    """What its controller costs beside alarms and tasks, such as a function that runs each minute."""
