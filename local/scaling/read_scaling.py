"""Reads from the emulator what scales a service, as the simulator's cloud takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.aws import Aws
from worker_simulate.cloud.metric_math import MetricMathError, evaluate
from worker_simulate.definition.service_definition import (
    AlarmDefinition,
    MetricKey,
    MetricQuery,
    ScheduledAction,
    StepAdjustment,
    StepPolicy,
)

_ECS = "ecs"
#: What the box itself reports of queues: an alarm on one of these rings in the box, too.
_COUNTS = (
    "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)
_STATISTICS = {"Maximum", "Minimum", "Sum", "Average", "SampleCount"}


@dataclass(frozen=True)
class ScalingDefinition:
    """What scales one service."""

    resource_id: str
    min_count: int
    max_count: int
    is_in_suspended: bool
    is_out_suspended: bool
    is_schedule_suspended: bool
    policies: Mapping[str, StepPolicy]
    """By ARN."""
    scheduled_actions: tuple[ScheduledAction, ...]


def read_scaling(aws: Aws, resource_id: str) -> ScalingDefinition | None:
    """What scales the service; None where nothing does."""
    client = aws.client("application-autoscaling")
    targets = client.describe_scalable_targets(ServiceNamespace=_ECS, ResourceIds=[resource_id])["ScalableTargets"]
    if not targets:
        return None
    policies = client.describe_scaling_policies(ServiceNamespace=_ECS, ResourceId=resource_id)["ScalingPolicies"]
    actions = client.describe_scheduled_actions(ServiceNamespace=_ECS, ResourceId=resource_id)["ScheduledActions"]
    suspended = targets[0].get("SuspendedState", {})
    return ScalingDefinition(
        resource_id=resource_id,
        min_count=targets[0]["MinCapacity"],
        max_count=targets[0]["MaxCapacity"],
        is_in_suspended=suspended.get("DynamicScalingInSuspended", False),
        is_out_suspended=suspended.get("DynamicScalingOutSuspended", False),
        is_schedule_suspended=suspended.get("ScheduledScalingSuspended", False),
        policies={
            policy["PolicyARN"]: _step_policy(policy) for policy in policies if policy["PolicyType"] == "StepScaling"
        },
        scheduled_actions=tuple(_scheduled_action(action) for action in actions),
    )


def read_alarms(aws: Aws) -> list[AlarmDefinition]:
    """The alarms that start a policy, whose ARN their `policy` is, and those on a queue's count alone, with none."""
    pages = aws.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
    return [definition for page in pages for alarm in page["MetricAlarms"] for definition in _alarms(alarm)]


def why_not_evaluated(alarm: AlarmDefinition) -> str | None:
    """What of the alarm is beyond the simulator's cloud; None where nothing is."""
    statistics = {query.statistic for query in alarm.queries.values()} - _STATISTICS
    if statistics:
        return f"it has the statistic {', '.join(map(str, statistics))}"
    try:
        evaluate(alarm.expression or "0", dict.fromkeys(alarm.queries))
    except MetricMathError as error:
        return str(error)
    return None


def _alarms(alarm: Mapping[str, Any]) -> Iterable[AlarmDefinition]:
    queries = {query["Id"]: _query(query["MetricStat"]) for query in alarm.get("Metrics", []) if "MetricStat" in query}
    if "MetricName" in alarm:
        queries = {"metric": _query({"Metric": alarm, "Stat": alarm.get("Statistic"), "Period": alarm["Period"]})}
    expressions = [query["Expression"] for query in alarm.get("Metrics", []) if "Expression" in query]
    actions = alarm.get("AlarmActions", []) if alarm["ActionsEnabled"] else []
    policies = [arn for arn in actions if ":scalingPolicy:" in arn]
    is_on_count = not expressions and [query.key.name in _COUNTS for query in queries.values()] == [True]
    for policy in policies or ([""] if is_on_count else []):
        yield AlarmDefinition(
            name=alarm["AlarmName"],
            policy=policy,
            queries=queries,
            expression=expressions[0] if expressions else None,
            threshold=alarm["Threshold"],
            comparison=alarm["ComparisonOperator"],
            evaluation_periods=alarm["EvaluationPeriods"],
            datapoints_to_alarm=alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
            missing_data=alarm.get("TreatMissingData") or "missing",
        )


def _query(stat: Mapping[str, Any]) -> MetricQuery:
    metric = stat["Metric"]
    dimensions = tuple(sorted((dimension["Name"], dimension["Value"]) for dimension in metric.get("Dimensions", [])))
    return MetricQuery(MetricKey(metric["Namespace"], metric["MetricName"], dimensions), stat["Stat"], stat["Period"])


def _step_policy(policy: Mapping[str, Any]) -> StepPolicy:
    configuration = policy["StepScalingPolicyConfiguration"]
    return StepPolicy(
        name=policy["PolicyName"],
        adjustment_type=configuration["AdjustmentType"],
        steps=tuple(
            StepAdjustment(
                step.get("MetricIntervalLowerBound"), step.get("MetricIntervalUpperBound"), step["ScalingAdjustment"]
            )
            for step in configuration["StepAdjustments"]
        ),
        cooldown_seconds=configuration.get("Cooldown", StepPolicy.cooldown_seconds),
        least_change=configuration.get("MinAdjustmentMagnitude", 0),
    )


def _scheduled_action(action: Mapping[str, Any]) -> ScheduledAction:
    bounds = action["ScalableTargetAction"]
    return ScheduledAction(
        name=action["ScheduledActionName"],
        schedule=action["Schedule"],
        timezone=action.get("Timezone") or "UTC",
        min_count=bounds.get("MinCapacity"),
        max_count=bounds.get("MaxCapacity"),
    )
