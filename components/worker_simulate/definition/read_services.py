"""Reads worker services, and how they scale, from what a program registered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from worker_simulate.definition.run_program import Registration
from worker_simulate.definition.service_definition import (
    AlarmDefinition,
    MetricKey,
    MetricQuery,
    ScheduledAction,
    ServiceDefinition,
    StepAdjustment,
    StepPolicy,
    TargetTrackingPolicy,
    TaskDefinition,
)

_TARGET = "aws:appautoscaling/target:Target"
_POLICY = "aws:appautoscaling/policy:Policy"
_SCHEDULED_ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_SERVICE = "aws:ecs/service:Service"
_TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"

#: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html
_PREDEFINED = {
    "ECSServiceAverageCPUUtilization": MetricQuery(MetricKey("AWS/ECS", "CPUUtilization"), "Average", 60),
}


def read_services(registrations: Sequence[Registration]) -> list[ServiceDefinition]:
    """Every worker service that scales, by name."""
    return sorted(
        (_service(target, registrations) for target in _of(registrations, _TARGET)), key=lambda service: service.name
    )


def _service(target: Registration, registrations: Sequence[Registration]) -> ServiceDefinition:
    resource_id = target.state["resourceId"]
    policies = [item for item in _of(registrations, _POLICY) if item.state["resourceId"] == resource_id]
    names_by_arn = {item.state["arn"]: item.name for item in policies}
    service = next(
        item
        for item in _of(registrations, _SERVICE)
        if item.state["arn"].rpartition("/")[2] == resource_id.rpartition("/")[2]
    )
    [task_definition] = [
        item for item in _of(registrations, _TASK_DEFINITION) if item.state["arn"] == service.state["taskDefinition"]
    ]
    # The worker's comes first; sidecars do not scale anything.
    container = json.loads(task_definition.state["containerDefinitions"])[0]
    environment = {item["name"]: item["value"] for item in container["environment"]}
    return ServiceDefinition(
        name=target.name.removesuffix("-scalable-target"),
        queue_name=environment["QUEUE_NAME"],
        task=_task(task_definition.state, container, environment),
        min_count=target.state["minCapacity"],
        max_count=target.state["maxCapacity"],
        desired_count=service.state["desiredCount"],
        alarms=tuple(_alarms(registrations, names_by_arn)),
        step_policies=tuple(_step_policy(item) for item in policies if item.state["policyType"] == "StepScaling"),
        target_tracking=tuple(
            _target_tracking(item) for item in policies if item.state["policyType"] == "TargetTrackingScaling"
        ),
        scheduled_actions=tuple(
            _scheduled_action(item)
            for item in _of(registrations, _SCHEDULED_ACTION)
            if item.state["resourceId"] == resource_id
        ),
    )


def _of(registrations: Iterable[Registration], type_: str) -> list[Registration]:
    return [item for item in registrations if item.type == type_]


def _task(state: Mapping[str, Any], container: Mapping[str, Any], environment: Mapping[str, str]) -> TaskDefinition:
    publishes = environment.get("WORKER_PUBLISH_DEMAND") == "true"
    return TaskDefinition(
        vcpu=int(state["cpu"]) / 1024,
        memory_gb=int(state["memory"]) / 1024,
        arm=(state.get("runtimePlatform") or {}).get("cpuArchitecture") == "ARM64",
        concurrency=int(environment["WORKER_CONCURRENCY"]),
        processes=int(environment.get("WORKER_PROCESSES", 1)),
        batch_size=int(environment.get("WORKER_BATCH_SIZE", 1)),
        scale_in_protection=environment.get("WORKER_SCALE_IN_PROTECTION") == "true",
        stop_timeout_seconds=int(container["stopTimeout"]),
        demand_per_visible=float(environment["WORKER_DEMAND_PER_VISIBLE"]) if publishes else None,
        demand_per_in_flight=float(environment["WORKER_DEMAND_PER_IN_FLIGHT"]) if publishes else None,
        demand_window_seconds=int(environment.get("WORKER_DEMAND_WINDOW_SECONDS", 10)),
    )


def _alarms(registrations: Sequence[Registration], names_by_arn: Mapping[str, str]) -> Iterable[AlarmDefinition]:
    for alarm in _of(registrations, _ALARM):
        for arn in alarm.state.get("alarmActions") or []:
            if arn in names_by_arn:
                yield _alarm(alarm, names_by_arn[arn])


def _alarm(alarm: Registration, policy: str) -> AlarmDefinition:
    state = alarm.state
    metrics = [query for query in state["metricQueries"] if query.get("metric")]
    expressions = [query["expression"] for query in state["metricQueries"] if query.get("expression")]
    return AlarmDefinition(
        name=alarm.name,
        policy=policy,
        queries={query["id"]: _query(query["metric"]) for query in metrics},
        expression=expressions[0] if expressions else None,
        threshold=state["threshold"],
        comparison=state["comparisonOperator"],
        evaluation_periods=state["evaluationPeriods"],
        datapoints_to_alarm=state.get("datapointsToAlarm") or state["evaluationPeriods"],
        missing_data=state.get("treatMissingData") or "missing",
    )


def _query(metric: Mapping[str, Any]) -> MetricQuery:
    dimensions = tuple(sorted((metric.get("dimensions") or {}).items()))
    return MetricQuery(
        MetricKey(metric["namespace"], metric["metricName"], dimensions), metric["stat"], metric["period"]
    )


def _step_policy(policy: Registration) -> StepPolicy:
    configuration = policy.state["stepScalingPolicyConfiguration"]
    return StepPolicy(
        name=policy.name,
        adjustment_type=configuration["adjustmentType"],
        steps=tuple(_step(step) for step in configuration["stepAdjustments"]),
        cooldown_seconds=configuration.get("cooldown", StepPolicy.cooldown_seconds),
        least_change=configuration.get("minAdjustmentMagnitude", 0),
    )


def _step(step: Mapping[str, Any]) -> StepAdjustment:
    def bound(key: str) -> float | None:
        return float(step[key]) if step.get(key) not in (None, "") else None

    return StepAdjustment(
        bound("metricIntervalLowerBound"), bound("metricIntervalUpperBound"), step["scalingAdjustment"]
    )


def _target_tracking(policy: Registration) -> TargetTrackingPolicy:
    configuration = policy.state["targetTrackingScalingPolicyConfiguration"]
    return TargetTrackingPolicy(
        name=policy.name,
        query=_PREDEFINED[configuration["predefinedMetricSpecification"]["predefinedMetricType"]],
        target=configuration["targetValue"],
        scales_in=not configuration.get("disableScaleIn", False),
        scale_in_cooldown_seconds=configuration.get("scaleInCooldown", 300),
        scale_out_cooldown_seconds=configuration.get("scaleOutCooldown", 300),
    )


def _scheduled_action(action: Registration) -> ScheduledAction:
    bounds = action.state["scalableTargetAction"]
    return ScheduledAction(
        name=action.name,
        schedule=action.state["schedule"],
        timezone=action.state.get("timezone") or "UTC",
        min_count=bounds.get("minCapacity"),
        max_count=bounds.get("maxCapacity"),
    )
