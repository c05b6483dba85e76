"""The alarm resource of an Alarm value."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from worker_service.service.metrics.alarm import Alarm
from worker_service.service.metrics.metric import Metric


def metric_alarm(
    name: str,
    alarm: Alarm,
    *,
    alarm_actions: Sequence[pulumi.Input[str]],
    ok_actions: Sequence[pulumi.Input[str]] = (),
    tags: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    """Register the alarm; `alarm_actions` and `ok_actions` are ARNs that CloudWatch calls when it turns."""
    return aws.cloudwatch.MetricAlarm(
        name,
        alarm_description=alarm.description,
        metric_queries=_queries(alarm),
        comparison_operator="GreaterThanOrEqualToThreshold" if alarm.is_at_least else "LessThanOrEqualToThreshold",
        threshold=alarm.threshold,
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=alarm.periods,
        treat_missing_data=alarm.missing_data,
        alarm_actions=list(alarm_actions),
        ok_actions=list(ok_actions),
        tags=tags,
        opts=opts,
    )


def _queries(alarm: Alarm) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    is_value = alarm.expression is None
    queries = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=id_, metric=_metric(metric, alarm.period_seconds), return_data=is_value
        )
        for id_, metric in alarm.metrics.items()
    ]
    if alarm.expression is not None:
        value = aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id="value", expression=alarm.expression, label="value", return_data=True
        )
        queries.append(value)
    return queries


def _metric(metric: Metric, period_seconds: int) -> aws.cloudwatch.MetricAlarmMetricQueryMetricArgs:
    return aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
        namespace=metric.namespace,
        metric_name=metric.name,
        stat=metric.statistic,
        period=period_seconds,
        dimensions=metric.dimensions,
    )
