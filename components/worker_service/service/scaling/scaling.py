"""Scaling: how many tasks a service runs."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws

from worker_service.inputs.arns import last_segment
from worker_service.policies.document import document
from worker_service.policies.task_roles import demand_publisher_policy
from worker_service.service.metrics.alarm import Alarm
from worker_service.service.metrics.metric_alarm import metric_alarm
from worker_service.service.scaling.demand import Demand
from worker_service.service.scaling.predictive_scaling import Prediction, predictive_configuration
from worker_service.service.scaling.proton_policies import proton_policies
from worker_service.service.scaling.scaling_alarms import (
    demand_alarm,
    published_demand_alarm,
    published_quiet_alarm,
    quiet_alarm,
    silent_alarm,
    unmet_demand_alarm,
)
from worker_service.service.scaling.scaling_settings import ScalingSettings
from worker_service.service.scaling.steps import Step, steps

#: The queue's metrics stop after six idle hours and then need up to 15 minutes to come back.
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
_KEEP_ALIVE = {"begin": ("cron(0 0/5 * * ? *)", 1), "end": ("cron(5 0/5 * * ? *)", 0)}

_DEMAND_COOLDOWN_SECONDS = 60

#: Half the tasks go every two minutes, one at least.
_HALVE: dict[str, Any] = {
    "adjustment_type": "PercentChangeInCapacity",
    "min_adjustment_magnitude": 1,
    "cooldown": 120,
    "step_adjustments": [{"metric_interval_upper_bound": "0", "scaling_adjustment": -50}],
}


class _Scalable(TypedDict):
    """What policies and schedules name the target by."""

    service_namespace: pulumi.Output[str]
    scalable_dimension: pulumi.Output[str]
    resource_id: pulumi.Output[str]


class Scaling(pulumi.ComponentResource):
    """Application Auto Scaling of an ECS service on the messages that wait and that are being handled."""

    def __init__(
        self,
        name: str,
        *,
        cluster_arn: pulumi.Input[str],
        service_arn: pulumi.Input[str],
        queue_names: Sequence[pulumi.Input[str]],
        settings: ScalingSettings,
        publisher_role_name: pulumi.Input[str] | None,
        tags: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`queue_names` are the queues that the service consumes, its own first.

        With fast_scaling the role of this name publishes the demand of its tasks; None for one that is not ours.
        """
        super().__init__("workers:index:Scaling", name, {}, opts)
        self._name = name
        self._tags = tags
        self._child = pulumi.ResourceOptions(parent=self)

        target = aws.appautoscaling.Target(
            f"{name}-scalable-target",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.format(
                "service/{0}/{1}",
                pulumi.Output.from_input(cluster_arn).apply(last_segment),
                pulumi.Output.from_input(service_arn).apply(last_segment),
            ),
            min_capacity=settings.min_count,
            max_capacity=settings.max_count,
            tags=tags,
            opts=self._child,
        )
        self._scalable: _Scalable = {
            "service_namespace": target.service_namespace,
            "scalable_dimension": target.scalable_dimension,
            "resource_id": target.resource_id,
        }
        if settings.demand is None:
            self._scale_as_proton(queue_names[0])
        elif settings.is_fast:
            self._scale_on_published_demand(settings.demand, settings, queue_names)
            if publisher_role_name is not None:
                self._let_tasks_publish(service_arn, publisher_role_name)
        else:
            self._scale_on_demand(settings.demand, settings, queue_names)
        if settings.cpu_target_percent is not None:
            self._scale_on_cpu(settings.cpu_target_percent)
        if settings.prediction is not None:
            self._predict(settings.prediction, queue_names)
        self._keep_schedules(settings)
        self.register_outputs({})

    def _scale_on_demand(
        self, demand: Demand, settings: ScalingSettings, queue_names: Sequence[pulumi.Input[str]]
    ) -> None:
        window_seconds = settings.scale_in_after_seconds
        alarm = demand_alarm(
            demand,
            queue_names,
            window_seconds,
            only_held=settings.counts_only_held,
            limited_to_groups=settings.limited_to_groups,
        )
        self._step_policy("demand", alarm, _set_to(settings.most_tasks))
        self._step_policy("quiet", quiet_alarm(queue_names, window_seconds), _HALVE)

    def _scale_on_published_demand(
        self, demand: Demand, settings: ScalingSettings, queue_names: Sequence[pulumi.Input[str]]
    ) -> None:
        """All but `silent` see the same numbers at the same time, so that none takes back what another gave."""
        own = queue_names[0]
        self._step_policy("demand", published_demand_alarm(own), _set_to(settings.most_tasks))
        self._step_policy("unmet-demand", unmet_demand_alarm(own), _set_to(settings.most_tasks))
        self._step_policy("quiet", published_quiet_alarm(own), _HALVE)
        self._step_policy("silent", silent_alarm(demand, queue_names), _set_to(settings.most_tasks))

    def _let_tasks_publish(self, service_arn: pulumi.Input[str], publisher_role_name: pulumi.Input[str]) -> None:
        # A policy of its own, because the service does not exist yet when the role's first one is made.
        aws.iam.RolePolicy(
            f"{self._name}-demand-role-policy",
            role=publisher_role_name,
            policy=document(demand_publisher_policy, service_arn=service_arn),
            opts=self._child,
        )

    def _scale_as_proton(self, queue_name: pulumi.Input[str]) -> None:
        for policy in proton_policies(queue_name):
            self._step_policy(
                policy.name,
                policy.alarm,
                {"adjustment_type": "ChangeInCapacity", "step_adjustments": policy.step_adjustments},
            )

    def _scale_on_cpu(self, target_percent: int) -> None:
        aws.appautoscaling.Policy(
            f"{self._name}-cpu-policy",
            policy_type="TargetTrackingScaling",
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
                "target_value": target_percent,
            },
            **self._scalable,
            opts=self._child,
        )

    def _predict(self, prediction: Prediction, queue_names: Sequence[pulumi.Input[str]]) -> None:
        aws.appautoscaling.Policy(
            f"{self._name}-predictive-policy",
            policy_type="PredictiveScaling",
            predictive_scaling_policy_configuration=aws.appautoscaling.PolicyPredictiveScalingPolicyConfigurationArgs(
                **predictive_configuration(prediction, queue_names)
            ),
            **self._scalable,
            opts=self._child,
        )

    def _step_policy(self, suffix: str, alarm: Alarm, configuration: dict[str, Any]) -> None:
        policy = aws.appautoscaling.Policy(
            f"{self._name}-{suffix}-policy",
            policy_type="StepScaling",
            step_scaling_policy_configuration=aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
                metric_aggregation_type="Maximum", **configuration
            ),
            **self._scalable,
            opts=self._child,
        )
        metric_alarm(
            f"{self._name}-scaling-{suffix}", alarm, alarm_actions=[policy.arn], tags=self._tags, opts=self._child
        )

    def _keep_schedules(self, settings: ScalingSettings) -> None:
        for key, schedule in settings.schedules.items():
            self._schedule(
                f"schedule-{key}",
                schedule["schedule"],
                schedule.get("timezone"),
                {"min_capacity": schedule["min_count"], "max_capacity": schedule["max_count"]},
            )
        # Schedules of the user's own decide about the minimum alone.
        if settings.min_count == 0 and not settings.schedules:
            for key, (expression, minimum) in _KEEP_ALIVE.items():
                self._schedule(f"keep-alive-{key}", expression, None, {"min_capacity": minimum})

    def _schedule(self, suffix: str, schedule: str, timezone: str | None, bounds: dict[str, int]) -> None:
        aws.appautoscaling.ScheduledAction(
            f"{self._name}-{suffix}",
            schedule=schedule,
            timezone=timezone,
            scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(**bounds),
            **self._scalable,
            opts=self._child,
        )


def _set_to(most_tasks: int) -> dict[str, Any]:
    """Set the count to the alarm's value, in steps. Beyond the maximum that holds at the time nothing goes."""
    return {
        "adjustment_type": "ExactCapacity",
        "cooldown": _DEMAND_COOLDOWN_SECONDS,
        "step_adjustments": [_adjustment(step) for step in steps(most_tasks)],
    }


def _adjustment(step: Step) -> dict[str, Any]:
    upper = {} if step.upper is None else {"metric_interval_upper_bound": str(step.upper)}
    return {"metric_interval_lower_bound": str(step.lower), "scaling_adjustment": step.tasks, **upper}
