"""Creates CloudWatch Logs resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource

TRANSFORMATION = {"name": "metricName", "namespace": "metricNamespace", "value": "metricValue", "unit": "unit"}


def log_group(aws: Aws, resource: Resource) -> Outputs:
    """aws:cloudwatch/logGroup:LogGroup."""
    logs = aws.client("logs")
    name = resource.physical_name()
    logs.create_log_group(logGroupName=name, tags=resource.tags(), **resource.given({"kmsKeyId": "kmsKeyId"}))
    if resource.inputs.get("retentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=resource.inputs["retentionInDays"])
    groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    # The API's ARN ends in ":*", the provider's does not.
    arn = next(group["arn"] for group in groups if group["logGroupName"] == name).removesuffix(":*")
    return {"id": name, "name": name, "arn": arn}


def metric_filter(aws: Aws, resource: Resource) -> Outputs:
    """aws:cloudwatch/logMetricFilter:LogMetricFilter."""
    name = resource.physical_name()
    transformation = resource.inputs["metricTransformation"]
    made = {aws_name: transformation[key] for key, aws_name in TRANSFORMATION.items() if transformation.get(key)}
    if transformation.get("defaultValue") is not None:
        made["defaultValue"] = float(transformation["defaultValue"])
    aws.client("logs").put_metric_filter(
        filterName=name,
        logGroupName=resource.inputs["logGroupName"],
        filterPattern=resource.inputs["pattern"],
        metricTransformations=[made],
    )
    return {"id": name, "name": name}
