"""Creates CloudWatch resources."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

ALARM = {
    "alarmDescription": "AlarmDescription",
    "comparisonOperator": "ComparisonOperator",
    "threshold": "Threshold",
    "evaluationPeriods": "EvaluationPeriods",
    "datapointsToAlarm": "DatapointsToAlarm",
    "treatMissingData": "TreatMissingData",
    "alarmActions": "AlarmActions",
    "okActions": "OKActions",
}


def metric_alarm(aws: Aws, resource: Resource) -> Outputs:
    """aws:cloudwatch/metricAlarm:MetricAlarm, of metric queries."""
    cloudwatch, name = aws.client("cloudwatch"), resource.physical_name()
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Metrics=[_query(query) for query in resource.inputs["metricQueries"]],
        Tags=resource.tag_list(),
        **resource.given(ALARM),
    )
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return {"id": name, "name": name, "arn": alarm["AlarmArn"]}


def dashboard(aws: Aws, resource: Resource) -> Outputs:
    """aws:cloudwatch/dashboard:Dashboard."""
    cloudwatch, name = aws.client("cloudwatch"), resource.inputs["dashboardName"]
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=resource.inputs["dashboardBody"])
    return {"id": name, "dashboardArn": cloudwatch.get_dashboard(DashboardName=name)["DashboardArn"]}


def _query(query: dict[str, Any]) -> dict[str, Any]:
    made = {"Id": query["id"], "ReturnData": query.get("returnData", False)}
    if query.get("label"):
        made["Label"] = query["label"]
    if query.get("expression"):
        return {**made, "Expression": query["expression"]}
    metric = query["metric"]
    dimensions = [{"Name": name, "Value": value} for name, value in (metric.get("dimensions") or {}).items()]
    stat = {
        "Metric": {"Namespace": metric["namespace"], "MetricName": metric["metricName"], "Dimensions": dimensions},
        "Period": metric["period"],
        "Stat": metric["stat"],
    }
    return {**made, "MetricStat": stat}
