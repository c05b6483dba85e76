"""Reads, changes and deletes CloudWatch resources."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.tags import tag_map, tagging
from local.provisioner.cloudwatch import ALARM


def _read_alarm(aws: Aws, thing: Thing) -> Properties:
    cloudwatch = aws.client("cloudwatch")
    alarm = found(cloudwatch.describe_alarms(AlarmNames=[thing.id])["MetricAlarms"])
    return {
        **{key: alarm[name] for key, name in ALARM.items() if name in alarm},
        "name": thing.id,
        "arn": alarm["AlarmArn"],
        "metricQueries": [_query(query) for query in alarm.get("Metrics", [])],
        "tags": tag_map(cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
    }


def _query(live: dict[str, Any]) -> dict[str, Any]:
    read = {"id": live["Id"], "returnData": live.get("ReturnData", False), "label": live.get("Label", "")}
    if "MetricStat" not in live:
        return {**read, "expression": live["Expression"]}
    stat, metric = live["MetricStat"], live["MetricStat"]["Metric"]
    return {
        **read,
        "metric": {
            "namespace": metric["Namespace"],
            "metricName": metric["MetricName"],
            "dimensions": tag_map(metric.get("Dimensions", []), "Name"),
            "period": stat["Period"],
            "stat": stat["Stat"],
        },
    }


def _read_dashboard(aws: Aws, thing: Thing) -> Properties:
    dashboard = aws.client("cloudwatch").get_dashboard(DashboardName=thing.id)
    return {
        "dashboardName": thing.id,
        "dashboardArn": dashboard["DashboardArn"],
        "dashboardBody": dashboard["DashboardBody"],
    }


KINDS = {
    "aws:cloudwatch/dashboard:Dashboard": Kind(
        _read_dashboard, lambda aws, thing: aws.client("cloudwatch").delete_dashboards(DashboardNames=[thing.id])
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Kind(
        _read_alarm,
        lambda aws, thing: aws.client("cloudwatch").delete_alarms(AlarmNames=[thing.id]),
        retag=tagging("cloudwatch", "ResourceARN", known_by="arn"),
    ),
}
