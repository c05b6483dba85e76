"""Reads, changes and deletes CloudWatch Logs resources."""

from __future__ import annotations

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing, found
from local.engine.tags import tagging
from local.provisioner.logs import TRANSFORMATION
from local.provisioner.resource import Resource


def _read_log_group(aws: Aws, thing: Thing) -> Properties:
    logs = aws.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix=thing.id)["logGroups"]
    group = found([group for group in groups if group["logGroupName"] == thing.id])
    key = {"kmsKeyId": group["kmsKeyId"]} if group.get("kmsKeyId") else {}
    return {
        "name": thing.id,
        # The API's ARN ends in ":*", the provider's does not.
        "arn": group["arn"].removesuffix(":*"),
        "retentionInDays": group.get("retentionInDays", 0),
        "tags": logs.list_tags_log_group(logGroupName=thing.id)["tags"],
        **key,
    }


def _update_log_group(aws: Aws, thing: Thing, changed: Resource) -> None:
    logs = aws.client("logs")
    days = changed.inputs.get("retentionInDays")
    if days:
        logs.put_retention_policy(logGroupName=thing.id, retentionInDays=days)
    elif days is not None:
        logs.delete_retention_policy(logGroupName=thing.id)
    key = changed.inputs.get("kmsKeyId")
    if key:
        logs.associate_kms_key(logGroupName=thing.id, kmsKeyId=key)
    elif key is not None:
        logs.disassociate_kms_key(logGroupName=thing.id)


def _read_metric_filter(aws: Aws, thing: Thing) -> Properties:
    group = thing.known["logGroupName"]
    filters = aws.client("logs").describe_metric_filters(logGroupName=group, filterNamePrefix=thing.id)["metricFilters"]
    # moto puts another one of the name behind.
    live = found([each for each in reversed(filters) if each["filterName"] == thing.id])
    [made] = live["metricTransformations"]
    transformation = {key: made[name] for key, name in TRANSFORMATION.items() if name in made}
    if "defaultValue" in made:
        # The provider has it as text.
        transformation["defaultValue"] = f"{made['defaultValue']:g}"
    return {
        "name": thing.id,
        "logGroupName": group,
        "pattern": live["filterPattern"],
        "metricTransformation": transformation,
    }


def _delete_metric_filter(aws: Aws, thing: Thing) -> None:
    aws.client("logs").delete_metric_filter(logGroupName=thing.known["logGroupName"], filterName=thing.id)


KINDS = {
    "aws:cloudwatch/logGroup:LogGroup": Kind(
        _read_log_group,
        lambda aws, thing: aws.client("logs").delete_log_group(logGroupName=thing.id),
        _update_log_group,
        tagging(
            "logs",
            "logGroupName",
            calls=("tag_log_group", "untag_log_group"),
            parameters=("tags", "tags"),
            shape=None,
        ),
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Kind(_read_metric_filter, _delete_metric_filter),
}
