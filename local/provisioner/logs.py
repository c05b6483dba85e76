"""Creates CloudWatch Logs resources."""

from __future__ import annotations

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource


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
