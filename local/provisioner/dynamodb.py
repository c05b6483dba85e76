"""Creates DynamoDB tables."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource


def table(aws: Aws, resource: Resource) -> Outputs:
    """aws:dynamodb/table:Table, with a partition key."""
    dynamodb = aws.client("dynamodb")
    name = resource.physical_name()
    made = dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": resource.inputs["hashKey"], "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
            for attribute in resource.inputs["attributes"]
        ],
        Tags=resource.tag_list(),
        **resource.given({"billingMode": "BillingMode", "deletionProtectionEnabled": "DeletionProtectionEnabled"}),
    )
    if ttl := resource.inputs.get("ttl"):
        set_time_to_live(aws, name, ttl)
    return {"id": name, "name": name, "arn": made["TableDescription"]["TableArn"]}


def set_time_to_live(aws: Aws, name: str, ttl: dict[str, Any]) -> None:
    """Have the table forget items by the time that they name."""
    settings = {"AttributeName": ttl["attributeName"], "Enabled": ttl["enabled"]}
    aws.client("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=settings)
