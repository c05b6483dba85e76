"""Reads, changes and deletes CloudWatch resources."""

from __future__ import annotations

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
        "tags": tag_map(cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]),
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
